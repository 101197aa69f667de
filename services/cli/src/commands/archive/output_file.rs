//! The file of an export: it has its name only when it is finished.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Standard output, a device, or a file under a temporary name.
pub(super) struct OutputFile {
    to: BufWriter<Box<dyn Write>>,
    unfinished: Option<UnfinishedFile>,
}

struct UnfinishedFile {
    file: File,
    temporary: PathBuf,
    target: PathBuf,
}

impl OutputFile {
    /// Opens the output; `-` is standard output. A file that is here stays as it is until [`OutputFile::finish`].
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self::direct(Box::new(io::stdout().lock())));
        }
        // A pipe or a device has no finished state, and must not be replaced by a file.
        if fs::metadata(path).is_ok_and(|data| !data.is_file()) {
            return Ok(Self::direct(Box::new(OpenOptions::new().write(true).open(path)?)));
        }
        // A file behind a symbolic link is replaced, not the link.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
        name.push(format!(".unfinished-{}", std::process::id()));
        let temporary = target.with_file_name(name);
        let file = File::create(&temporary)?;
        let to: Box<dyn Write> = Box::new(file.try_clone()?);
        Ok(Self { to: BufWriter::new(to), unfinished: Some(UnfinishedFile { file, temporary, target }) })
    }

    fn direct(to: Box<dyn Write>) -> Self {
        Self { to: BufWriter::new(to), unfinished: None }
    }

    /// Makes all that was written durable, and gives the file its name.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.to.flush()?;
        let Some(unfinished) = self.unfinished.take() else { return Ok(()) };
        unfinished.publish()
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl UnfinishedFile {
    fn publish(self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.temporary, &self.target)?;
        let folder = self.target.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for UnfinishedFile {
    fn drop(&mut self) {
        // A published file has another name already.
        let _ = fs::remove_file(&self.temporary);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_its_name_only_when_it_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jobs.ndjson");
        fs::write(&path, "an older export").unwrap();
        let mut output = OutputFile::create(&path).unwrap();
        output.write_all(b"half").unwrap();
        output.flush().unwrap();
        drop(output);
        assert_eq!(fs::read_to_string(&path).unwrap(), "an older export");
        let mut output = OutputFile::create(&path).unwrap();
        output.write_all(b"all of it").unwrap();
        output.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "all of it");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }
}
