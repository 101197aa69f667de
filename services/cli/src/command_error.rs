//! The error of a command, in words for its user.

use std::io;

use crate::exit::Exit;

/// What went wrong, what to do about it, and the exit status for scripts.
#[derive(Debug)]
pub(crate) struct CommandError {
    exit: Exit,
    message: String,
    hints: Vec<String>,
}

impl CommandError {
    /// Printed as `error: <message>`.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hints: Vec::new() }
    }

    /// Adds advice, printed as `hint: <hint>`.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(crate) fn hint_if(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// Puts the name of the input or job before the message.
    pub(crate) fn about(mut self, name: &str) -> Self {
        if !self.message.is_empty() && !self.message.starts_with(name) {
            self.message = format!("{name}: {}", self.message);
        }
        self
    }

    /// The output cannot be written. A reader that closes the pipe early, as `head` does, is not an error.
    pub(crate) fn of_output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(Exit::Ok, ""),
            _ => Self::new(Exit::Error, format!("cannot write the output: {}", reason(error))),
        }
    }

    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// What to print; empty if there is nothing to print.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn hints(&self) -> &[String] {
        &self.hints
    }
}

/// The system's text for an error, without its number: `No such file or directory`.
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
    fn a_closed_pipe_is_not_an_error() {
        let closed = CommandError::of_output(&io::ErrorKind::BrokenPipe.into());
        assert_eq!((closed.exit(), closed.message()), (Exit::Ok, ""));
        assert_eq!(CommandError::of_output(&io::ErrorKind::StorageFull.into()).exit(), Exit::Error);
    }
}
