//! Why a command did not do what it was asked, in words for the person who asked.

use std::io;

use crate::exit::Exit;

/// What went wrong, what to do about it, and the exit status that says so to scripts.
#[derive(Debug)]
pub(crate) struct Trouble {
    exit: Exit,
    said: String,
    hints: Vec<String>,
}

impl Trouble {
    /// Trouble that is told as `error: <said>`.
    pub(crate) fn new(exit: Exit, said: impl Into<String>) -> Self {
        Self { exit, said: said.into(), hints: Vec::new() }
    }

    /// The same with advice, told as `hint: <hint>`.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same with advice, where there is some.
    pub(crate) fn hint_if(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// The same, saying which of several things it is about.
    pub(crate) fn about(mut self, name: &str) -> Self {
        if !self.said.is_empty() && !self.said.starts_with(name) {
            self.said = format!("{name}: {}", self.said);
        }
        self
    }

    /// Trouble with the output. A reader that went away, as `head` does, has what it wanted: that ends quietly.
    pub(crate) fn of_output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(Exit::Ok, ""),
            _ => Self::new(Exit::Error, format!("cannot write the output: {}", reason(error))),
        }
    }

    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// What to print; empty when there is nothing to tell.
    pub(crate) fn said(&self) -> &str {
        &self.said
    }

    pub(crate) fn hints(&self) -> &[String] {
        &self.hints
    }
}

/// What the system says about an error, without its number: `No such file or directory`.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_have_no_numbers() {
        assert_eq!(reason(&io::Error::from_raw_os_error(2)), "No such file or directory");
        assert_eq!(reason(&io::Error::other("odd")), "odd");
    }

    #[test]
    fn a_reader_that_left_is_no_trouble() {
        let left = Trouble::of_output(&io::ErrorKind::BrokenPipe.into());
        assert_eq!((left.exit(), left.said()), (Exit::Ok, ""));
        assert_eq!(Trouble::of_output(&io::ErrorKind::StorageFull.into()).exit(), Exit::Error);
    }
}
