//! Reads SQLite's write-ahead log as a file: which of its frames are whole.
//!
//! SQLite stops at the first frame whose checksum is wrong, and takes all behind it for a tail that was never written.
//! That is right after a power cut, and loses synced commits when a disk damaged a frame in the middle. The format is
//! that of <https://www.sqlite.org/fileformat2.html#walformat>.

use std::io::{self, Read};

pub const HEADER_BYTES: usize = 32;
/// Bytes of the header of a frame; the page follows.
pub const FRAME_HEADER_BYTES: usize = 24;
/// The magic number; with its lowest bit, checksums are of big-endian words.
const MAGIC: u32 = 0x377f_0682;

/// What a log contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalContent {
    /// Nothing.
    Empty,
    /// Its header is damaged, and frames follow.
    NoHeader,
    Frames {
        /// They identify one run through the file: the first grows by one each time the log starts again.
        salts: [u32; 2],
        /// How many frames are whole, from the beginning on.
        whole: u32,
        /// How many commits of this run the damaged frame and those behind it hold. An interrupted write leaves at most
        /// one, because each commit is synced before the next is written.
        commits_behind: u32,
    },
}

pub struct WalFrame {
    /// The number of its page.
    pub page: u32,
    /// The size of the database in pages after a commit; zero for a frame that ends none.
    pub database_pages: u32,
    /// Whether its salts are those of the header, …
    pub is_of_this_run: bool,
    /// … and its checksum follows from that of the frame before it. A damaged frame does not affect those behind it.
    pub is_whole: bool,
}

/// Reads the frames of a log one after another.
pub struct WalReader<R> {
    file: R,
    big_endian: bool,
    salts: [u32; 2],
    checksum: [u32; 2],
    frame: Vec<u8>,
}

impl<R: Read> WalReader<R> {
    /// `None` for a log without a header, or with a damaged one.
    pub fn open(mut file: R) -> io::Result<Option<Self>> {
        let mut header = [0; HEADER_BYTES];
        if !read_fully(&mut file, &mut header)? {
            return Ok(None);
        }
        let big_endian = number(&header, 0) & 1 == 1;
        let checksum = add(big_endian, [0, 0], &header[..24]);
        let page_bytes = number(&header, 8) as usize;
        let is_valid = number(&header, 0) & !1 == MAGIC
            && checksum == [number(&header, 24), number(&header, 28)]
            && page_bytes.is_power_of_two()
            && (512..=65_536).contains(&page_bytes);
        let salts = [number(&header, 16), number(&header, 20)];
        let frame = vec![0; FRAME_HEADER_BYTES + page_bytes];
        Ok(is_valid.then_some(Self { file, big_endian, salts, checksum, frame }))
    }

    /// The salts of the header.
    pub const fn salts(&self) -> [u32; 2] {
        self.salts
    }

    /// The next frame; `None` at the end of the file. Its page is in [`WalReader::page`].
    pub fn next(&mut self) -> io::Result<Option<WalFrame>> {
        if !read_fully(&mut self.file, &mut self.frame)? {
            return Ok(None);
        }
        let (header, page) = self.frame.split_at(FRAME_HEADER_BYTES);
        let expected = add(self.big_endian, add(self.big_endian, self.checksum, &header[..8]), page);
        self.checksum = [number(header, 16), number(header, 20)];
        Ok(Some(WalFrame {
            page: number(header, 0),
            database_pages: number(header, 4),
            is_of_this_run: [number(header, 8), number(header, 12)] == self.salts,
            is_whole: expected == self.checksum,
        }))
    }

    /// The page of the last frame.
    pub fn page(&self) -> &[u8] {
        &self.frame[FRAME_HEADER_BYTES..]
    }
}

/// Reads a whole log.
pub fn content(file: impl Read, bytes: u64) -> io::Result<WalContent> {
    if bytes == 0 {
        return Ok(WalContent::Empty);
    }
    let Some(mut reader) = WalReader::open(file)? else { return Ok(WalContent::NoHeader) };
    let (mut whole, mut commits_behind, mut is_behind) = (0, 0, false);
    while let Some(frame) = reader.next()? {
        // Old frames follow those of this run when the log has started again.
        if !is_behind && frame.is_of_this_run && frame.is_whole {
            whole += 1;
            continue;
        }
        is_behind = true;
        commits_behind += u32::from(frame.is_of_this_run && frame.database_pages > 0);
    }
    Ok(WalContent::Frames { salts: reader.salts(), whole, commits_behind })
}

/// A big-endian number of the file.
pub fn number(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn add(big_endian: bool, [mut first, mut second]: [u32; 2], bytes: &[u8]) -> [u32; 2] {
    let word = |word: &[u8]| {
        let number = number(word, 0);
        if big_endian { number } else { number.swap_bytes() }
    };
    for pair in bytes.chunks_exact(8) {
        first = first.wrapping_add(word(&pair[..4])).wrapping_add(second);
        second = second.wrapping_add(word(&pair[4..])).wrapping_add(first);
    }
    [first, second]
}

/// Fills the buffer; `false` when the file ends before.
fn read_fully(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
