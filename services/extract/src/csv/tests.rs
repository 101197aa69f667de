//! The rules for CSV and TSV, with one example each.

use crate::Region;
use crate::tests::{extract, region};
use crate::{Declared, Limits};

fn csv(table: &str) -> String {
    region(table, "text/csv", Region::Body)
}

#[test]
fn cells_and_rows_separate_words() {
    for (table, expected) in [
        ("name,age\nAnn Lee,7\n", "name age\nAnn Lee 7"),
        ("a;b,c;d\r\n1;2;3\r\n", "a b,c d\n1 2 3"),
        ("a\tb c\n", "a b c"),
        ("a|b|c", "a b c"),
        ("sep=;\na,b;c", "a,b c"),
        ("\"one, two\",\"say \"\"hi\"\"\",three", "one, two say \"hi\" three"),
        ("\"first\n\nsecond\",x\n", "first\n\nsecond x"),
        ("a,,b\n\n,\nc", "a b\nc"),
        ("one column\nof words", "one column\nof words"),
        ("a \"b\" c,d", "a \"b\" c d"),
        ("\"never closed, to the end", "never closed, to the end"),
        ("", ""),
    ] {
        assert_eq!(csv(table), expected, "{table}");
    }
    assert_eq!(region("a,b\tc;d\n", "text/tab-separated-values", Region::Body), "a,b c;d");
}

#[test]
fn result_does_not_depend_on_where_the_input_is_split() {
    let table = format!("\"a;b\",x{}\r\n\"q\"\"q\n\",é,end", ",word".repeat(1500));
    let declared = Declared { content_type: Some("text/csv; charset=utf-8"), name: None };
    let read =
        |size: usize| extract(table.as_bytes().chunks(size), declared, Limits::default()).expect("a table").1;
    let at_once = read(table.len());
    for size in [1, 2, 3, 7, 4096] {
        assert_eq!(read(size), at_once, "pieces of {size}");
    }
}
