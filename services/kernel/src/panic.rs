//! The message of a caught panic.

use std::any::Any;

/// The message that `panic!` was given. A panic may also carry any other value.
#[must_use]
pub fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let literal = panic.downcast_ref::<&str>().copied();
    literal.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_literal_and_formatted_messages() {
        assert_eq!(panic_message(&"literal"), "literal");
        assert_eq!(panic_message(&format!("formatted {}", 1)), "formatted 1");
        assert_eq!(panic_message(&1), "no message");
    }
}
