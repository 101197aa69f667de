//! Tests of short texts in many languages, and of texts in no language.

use crate::{Definition, Options, count};

fn language(text: &str) -> Option<String> {
    count(text, &Options::default()).language().map(|language| language.tag)
}

/// The first article of the Universal Declaration of Human Rights, or a text of similar length.
#[rustfmt::skip]
const TEXTS: &[(&str, &str)] = &[
    ("en", "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood."),
    ("de", "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen."),
    ("fr", "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience et doivent agir les uns envers les autres dans un esprit de fraternité."),
    ("es", "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse fraternalmente los unos con los otros."),
    ("pt", "Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de razão e de consciência, devem agir uns para com os outros em espírito de fraternidade."),
    ("it", "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati di ragione e di coscienza e devono agire gli uni verso gli altri in spirito di fratellanza."),
    ("nl", "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren. Zij zijn begiftigd met verstand en geweten, en behoren zich jegens elkander in een geest van broederschap te gedragen."),
    ("sv", "Alla människor är födda fria och lika i värde och rättigheter. De har utrustats med förnuft och samvete och bör handla gentemot varandra i en anda av gemenskap."),
    ("da", "Alle mennesker er født frie og lige i værdighed og rettigheder. De er udstyret med fornuft og samvittighed, og de bør handle mod hverandre i en broderskabets ånd. Hvad er det, og hvad er der af det?"),
    ("nb", "Alle mennesker er født frie og med samme menneskeverd og menneskerettigheter. De er utstyrt med fornuft og samvittighet og bør handle mot hverandre i brorskapets ånd. Hva er det, og hva er det av?"),
    ("fi", "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. Heille on annettu järki ja omatunto, ja heidän on toimittava toisiaan kohtaan veljeyden hengessä."),
    ("pl", "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni obdarzeni rozumem i sumieniem i powinni postępować wobec innych w duchu braterstwa."),
    ("cs", "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv. Jsou nadáni rozumem a svědomím a mají spolu jednat v duchu bratrství, které je pro všechny."),
    ("hu", "Minden emberi lény szabadon születik és egyenlő méltósága és joga van. Az emberek, ésszel és lelkiismerettel bírván, egymással szemben testvéri szellemben kell hogy viseltessenek."),
    ("ro", "Toate ființele umane se nasc libere și egale în demnitate și în drepturi. Ele sunt înzestrate cu rațiune și conștiință și trebuie să se comporte unele față de altele în spiritul fraternității."),
    ("tr", "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler ve birbirlerine karşı kardeşlik zihniyeti ile hareket etmelidirler. Bu bir hak için çok önemlidir."),
    ("vi", "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và các quyền. Mọi con người đều được tạo hóa ban cho lý trí và lương tâm và cần phải đối xử với nhau trong tình bằng hữu."),
    ("ru", "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства."),
    ("uk", "Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені розумом і совістю і повинні діяти у відношенні один до одного в дусі братерства."),
    ("bg", "Всички хора се раждат свободни и равни по достойнство и права. Те са надарени с разум и съвест и следва да се отнасят помежду си в дух на братство."),
    ("ar", "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا بروح الإخاء في كل ما كان من ذلك."),
    ("fa", "تمام افراد بشر آزاد به دنیا می آیند و از لحاظ حیثیت و حقوق با هم برابرند. همه دارای عقل و وجدان هستند و باید نسبت به یکدیگر با روح برادری رفتار کنند."),
    ("hi", "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। उन्हें बुद्धि और अन्तरात्मा की देन प्राप्त है और परस्पर उन्हें भाईचारे के भाव से बर्ताव करना चाहिए।"),
    ("el", "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα."),
    ("zh", "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。"),
    ("ja", "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。"),
    ("ko", "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다."),
    ("th", "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ"),
];

#[test]
fn detects_the_language_of_short_texts() {
    for (tag, text) in TEXTS {
        assert_eq!(language(text).as_deref(), Some(*tag), "{text}");
    }
}

#[test]
fn confidence_grows_with_evidence() {
    let confidence =
        |text: &str| count(text, &Options::default()).language().map_or(0.0, |language| language.confidence);
    let long = TEXTS[0].1;
    let (word, line, all) = (confidence("born"), confidence(&long[..63]), confidence(long));
    assert!(word < line && line < all && all > 0.8, "{word} {line} {all}");
}

#[test]
fn detects_no_language_without_evidence() {
    for text in ["", "12 + 30 = 42", "... !!", "xkcd", "😀"] {
        assert_eq!(language(text), None, "{text:?}");
    }
}

#[test]
fn the_headline_of_scripts_without_spaces_is_the_dictionary() {
    for (tag, text) in TEXTS {
        let headline = count(text, &Options::default()).headline();
        let without_spaces = matches!(*tag, "zh" | "ja" | "th");
        let expected = if without_spaces { Definition::Dictionary } else { Definition::Unicode };
        assert_eq!(headline, expected, "{tag}");
    }
    let mixed = "See the paper 自然言語処理 for details of the method and its results";
    assert_eq!(count(mixed, &Options::default()).headline(), Definition::Unicode);
}

#[test]
fn keywords_are_neither_stop_words_nor_numbers() {
    let keywords = |tag: &str, text: &str| {
        let tally = count(text, &Options::default());
        let words = tally.keywords(tag, 3);
        words.into_iter().map(|(word, _)| word.to_owned()).collect::<Vec<_>>()
    };
    for (tag, text, expected) in [
        (
            "en",
            "a a a a The the it's it\u{2019}s don't 7 7 3.14 2007 e.g. e.g. license licence license",
            vec!["license", "licence"],
        ),
        ("en-GB", "a an x x x 12 covered works", vec!["covered"]),
        (
            "fr",
            "Qu'il qu'il c'est l\u{2019}argent d'un d'un a été fait l\u{2019}argent",
            vec!["l\u{2019}argent"],
        ),
        ("de", "Außer außer daß und groß große Vertrag 1.000", vec!["vertrag"]),
        ("el", "ένας ένας της ΤΗΣ σύμβαση", vec!["σύμβαση"]),
        ("sw", "na na ya ya kitabu 3", vec!["kitabu"]),
        ("nb", "og og det det avtale", vec!["avtale"]),
        ("ja", "これ これ は の 契約", vec!["契約"]),
        ("tlh", "nuqneH nuqneH", vec![]),
    ] {
        assert_eq!(keywords(tag, text), expected, "{tag}");
    }
    assert_eq!(count("a b", &Options::default()).keywords("en", 0), []);
}

#[test]
fn keywords_of_words_that_keep_their_case_are_no_stop_words_either() {
    let tally = count("The THE Und Licence", &Options::default().with_case(crate::Case::Keep));
    assert_eq!(tally.keywords("en", 5), [("Licence", 1), ("Und", 1)]);
}
