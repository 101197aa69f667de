//! Content without tags: where `<title>`, `<style>`, `<script>` and the like end.
//!
//! Holds back at most the start of an end tag. What the content means is not known here.

use super::name::Name;
use super::page::Content;

/// How much of an end tag is held back before it is sure to be none: no such element has a longer name.
const LONGEST: usize = "</plaintext".len();

/// The state inside such an element.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) content: Content,
    /// The element that an end tag has to name.
    element: Name,
    /// `<` and what follows it, as far as it may be an end tag or mean something to a script.
    held: String,
    script: Script,
}

/// The script states of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Plain,
    /// Inside `<!--`, with the number of dashes just seen, at most 2.
    Escaped(u8),
    /// Inside `<script` inside `<!--`: an end tag ends only that.
    DoubleEscaped(u8),
}

/// What became of a byte behind a held `<`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Held as well.
    Held,
    /// It belongs to the content, as does what is held; the byte is to be read again.
    Content,
    /// It ends the name of the end tag; the byte is to be read as what follows a tag's name.
    EndTag,
}

impl Raw {
    pub(super) fn new(content: Content, element: Name) -> Self {
        Self { content, element, held: String::new(), script: Script::Plain }
    }

    /// What is held; content after [`Step::Content`] and at the end of the document.
    pub(super) fn held(&self) -> &str {
        &self.held
    }

    pub(super) fn element(&self) -> Name {
        self.element
    }

    /// Holds a `<`.
    pub(super) fn begin(&mut self) {
        self.held.clear();
        self.held.push('<');
    }

    /// Whether a `-` or `>` in the content matters as well as a `<`.
    pub(super) fn is_escaped(&self) -> bool {
        self.script != Script::Plain
    }

    /// Follows content that has no `<`. Only what is inside `<!--` in a script changes anything.
    pub(super) fn pass(&mut self, content: &[u8]) {
        let (Script::Escaped(mut dashes) | Script::DoubleEscaped(mut dashes)) = self.script else { return };
        for byte in content {
            match byte {
                b'-' => dashes = (dashes + 1).min(2),
                b'>' if dashes == 2 => {
                    self.script = Script::Plain;
                    return;
                }
                _ => dashes = 0,
            }
        }
        self.script = match self.script {
            Script::DoubleEscaped(_) => Script::DoubleEscaped(dashes),
            _ => Script::Escaped(dashes),
        };
    }

    /// Takes one byte behind a held `<`.
    pub(super) fn push(&mut self, byte: u8) -> Step {
        let step = self.step(byte);
        match step {
            Step::Held => self.held.push(char::from(byte)),
            Step::Content => self.forget_dashes(),
            Step::EndTag => {}
        }
        step
    }

    fn step(&mut self, byte: u8) -> Step {
        let ends_name = matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0C | b'/' | b'>');
        if self.content == Content::Script && self.held.starts_with("<!") {
            return self.comment_step(byte);
        }
        let name = match self.held.as_bytes() {
            b"<" if byte == b'/' => return Step::Held,
            b"<" if byte == b'!' && self.content == Content::Script && !self.is_escaped() => {
                return Step::Held;
            }
            [b'<', b'/', name @ ..] => name,
            [b'<', name @ ..] if matches!(self.script, Script::Escaped(_)) => name,
            _ => return Step::Content,
        };
        if byte.is_ascii_alphabetic() && self.held.len() < LONGEST {
            return Step::Held;
        }
        let named = ends_name && Name::default().then_all(name).is(self.element);
        let is_end = self.held.starts_with("</");
        match (named, is_end, self.script) {
            (true, true, Script::Plain | Script::Escaped(_)) => Step::EndTag,
            (true, true, Script::DoubleEscaped(_)) => {
                self.script = Script::Escaped(0);
                Step::Content
            }
            (true, false, _) => {
                self.script = Script::DoubleEscaped(0);
                Step::Content
            }
            (false, ..) => Step::Content,
        }
    }

    /// `<!--` in a script.
    fn comment_step(&mut self, byte: u8) -> Step {
        if byte != b'-' {
            return Step::Content;
        }
        if self.held == "<!-" {
            self.script = Script::Escaped(2);
        }
        Step::Held
    }

    /// Whether what is held began a script's comment, and is done with.
    pub(super) fn takes_comment(&mut self) -> bool {
        let begun = self.held == "<!--";
        if begun {
            self.held.clear();
        }
        begun
    }

    fn forget_dashes(&mut self) {
        match &mut self.script {
            Script::Escaped(dashes) | Script::DoubleEscaped(dashes) => *dashes = 0,
            Script::Plain => {}
        }
    }
}
