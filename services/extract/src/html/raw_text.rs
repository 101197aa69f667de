//! Finds the end of content without tags: `<title>`, `<style>`, `<script>` and the like.
//!
//! Holds back at most the start of an end tag. Does not interpret the content.

use super::local_name::LocalName;
use super::page::ContentModel;

/// The longest possible start of an end tag: no such element has a longer name.
const MAX_END_TAG_BYTES: usize = "</plaintext".len();

/// The state inside such an element.
#[derive(Debug)]
pub(super) struct RawText {
    pub(super) content: ContentModel,
    /// The element that the end tag must name.
    element: LocalName,
    /// `<` and the bytes after it, while they may be an end tag or matter to a script.
    held: String,
    script: ScriptState,
}

/// The script states of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScriptState {
    Plain,
    /// Inside `<!--`, with the number of dashes just seen, at most 2.
    Escaped(u8),
    /// Inside `<script` inside `<!--`. An end tag returns to [`Self::Escaped`].
    DoubleEscaped(u8),
}

/// What a byte after a held `<` is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RawTextStep {
    /// It is held as well.
    Held,
    /// The held bytes are content. The byte must be read again.
    Content,
    /// It ends the name of the end tag. The byte must be read as the one after a tag name.
    EndTag,
}

impl RawText {
    pub(super) fn new(content: ContentModel, element: LocalName) -> Self {
        Self { content, element, held: String::new(), script: ScriptState::Plain }
    }

    /// The held bytes. They are content after [`RawTextStep::Content`] and at the end of the document.
    pub(super) fn held(&self) -> &str {
        &self.held
    }

    pub(super) fn element(&self) -> LocalName {
        self.element
    }

    /// Holds a `<`.
    pub(super) fn begin(&mut self) {
        self.held.clear();
        self.held.push('<');
    }

    /// Whether `-` and `>` matter as well as `<`.
    pub(super) fn is_escaped(&self) -> bool {
        self.script != ScriptState::Plain
    }

    /// Tracks content without `<`. It matters only inside `<!--` in a script.
    pub(super) fn track(&mut self, content: &[u8]) {
        let (ScriptState::Escaped(mut dashes) | ScriptState::DoubleEscaped(mut dashes)) = self.script else {
            return;
        };
        for byte in content {
            match byte {
                b'-' => dashes = (dashes + 1).min(2),
                b'>' if dashes == 2 => {
                    self.script = ScriptState::Plain;
                    return;
                }
                _ => dashes = 0,
            }
        }
        self.script = match self.script {
            ScriptState::DoubleEscaped(_) => ScriptState::DoubleEscaped(dashes),
            _ => ScriptState::Escaped(dashes),
        };
    }

    /// Takes one byte after a held `<`.
    pub(super) fn push(&mut self, byte: u8) -> RawTextStep {
        let step = self.step(byte);
        match step {
            RawTextStep::Held => self.held.push(char::from(byte)),
            RawTextStep::Content => self.forget_dashes(),
            RawTextStep::EndTag => {}
        }
        step
    }

    fn step(&mut self, byte: u8) -> RawTextStep {
        let ends_name = matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0C | b'/' | b'>');
        if self.content == ContentModel::Script && self.held.starts_with("<!") {
            return self.comment_step(byte);
        }
        let name = match self.held.as_bytes() {
            b"<" if byte == b'/' => return RawTextStep::Held,
            b"<" if byte == b'!' && self.content == ContentModel::Script && !self.is_escaped() => {
                return RawTextStep::Held;
            }
            [b'<', b'/', name @ ..] => name,
            [b'<', name @ ..] if matches!(self.script, ScriptState::Escaped(_)) => name,
            _ => return RawTextStep::Content,
        };
        if byte.is_ascii_alphabetic() && self.held.len() < MAX_END_TAG_BYTES {
            return RawTextStep::Held;
        }
        let named = ends_name && LocalName::default().with_bytes(name).is(self.element);
        let is_end = self.held.starts_with("</");
        match (named, is_end, self.script) {
            (true, true, ScriptState::Plain | ScriptState::Escaped(_)) => RawTextStep::EndTag,
            (true, true, ScriptState::DoubleEscaped(_)) => {
                self.script = ScriptState::Escaped(0);
                RawTextStep::Content
            }
            (true, false, _) => {
                self.script = ScriptState::DoubleEscaped(0);
                RawTextStep::Content
            }
            (false, ..) => RawTextStep::Content,
        }
    }

    /// `<!--` in a script.
    fn comment_step(&mut self, byte: u8) -> RawTextStep {
        if byte != b'-' {
            return RawTextStep::Content;
        }
        if self.held == "<!-" {
            self.script = ScriptState::Escaped(2);
        }
        RawTextStep::Held
    }

    /// Whether the held bytes opened a comment in a script. If so, it drops them.
    pub(super) fn takes_comment(&mut self) -> bool {
        let begun = self.held == "<!--";
        if begun {
            self.held.clear();
        }
        begun
    }

    fn forget_dashes(&mut self) {
        match &mut self.script {
            ScriptState::Escaped(dashes) | ScriptState::DoubleEscaped(dashes) => *dashes = 0,
            ScriptState::Plain => {}
        }
    }
}
