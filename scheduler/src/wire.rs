//! Numbers and texts as bytes, little endian, with a checksum at the end.
//!
//! The checksum is XXH64 chained over pages, so that neither side holds more than a page.
//! Reading trusts no length: what is not there is not allocated.

use std::io::{self, Read, Write};

use crate::hash::hash_with_seed;

const PAGE: usize = 1 << 16;

/// Writes, and keeps the checksum.
pub(crate) struct Writer<'a> {
    to: &'a mut dyn Write,
    page: Vec<u8>,
    sum: u64,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(to: &'a mut dyn Write) -> Self {
        Self { to, page: Vec::with_capacity(PAGE), sum: 0 }
    }

    pub(crate) fn bytes(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PAGE - self.page.len()));
            self.page.extend_from_slice(now);
            bytes = later;
            if self.page.len() == PAGE {
                self.turn()?;
            }
        }
        Ok(())
    }

    fn turn(&mut self) -> io::Result<()> {
        self.sum = hash_with_seed(&self.page, self.sum);
        self.to.write_all(&self.page)?;
        self.page.clear();
        Ok(())
    }

    pub(crate) fn u32(&mut self, number: u32) -> io::Result<()> {
        self.bytes(&number.to_le_bytes())
    }

    pub(crate) fn u64(&mut self, number: u64) -> io::Result<()> {
        self.bytes(&number.to_le_bytes())
    }

    /// At most 65,535 bytes, after their number.
    pub(crate) fn short(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes(&(bytes.len() as u16).to_le_bytes())?;
        self.bytes(bytes)
    }

    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.u64(text.len() as u64)?;
        self.bytes(text.as_bytes())
    }

    /// Writes the checksum and flushes.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.turn()?;
        let sum = self.sum;
        self.to.write_all(&sum.to_le_bytes())?;
        self.to.flush()
    }
}

/// What can go wrong when reading.
#[derive(Debug)]
pub(crate) enum WireError {
    Io(io::Error),
    Malformed,
}

impl From<io::Error> for WireError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Malformed,
            _ => Self::Io(error),
        }
    }
}

/// Reads, and keeps the checksum.
pub(crate) struct Reader<'a> {
    from: &'a mut dyn Read,
    page: Vec<u8>,
    taken: usize,
    /// The page after this one, if it is known already: it decides where the checksum starts.
    ahead: Vec<u8>,
    sum: u64,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(from: &'a mut dyn Read) -> Self {
        Self { from, page: Vec::new(), taken: 0, ahead: Vec::new(), sum: 0 }
    }

    fn fill(&mut self) -> Result<(), WireError> {
        let wanted = PAGE + 8 - self.ahead.len();
        let limit = wanted as u64;
        Read::take(&mut *self.from, limit).read_to_end(&mut self.ahead)?;
        let content = self.ahead.len().saturating_sub(8).min(PAGE);
        if content == 0 {
            return Err(WireError::Malformed);
        }
        self.page.clear();
        self.page.extend(self.ahead.drain(..content));
        self.taken = 0;
        self.sum = hash_with_seed(&self.page, self.sum);
        Ok(())
    }

    pub(crate) fn bytes(&mut self, into: &mut [u8]) -> Result<(), WireError> {
        let mut done = 0;
        while done < into.len() {
            if self.taken == self.page.len() {
                self.fill()?;
            }
            let now = (into.len() - done).min(self.page.len() - self.taken);
            into[done..done + now].copy_from_slice(&self.page[self.taken..self.taken + now]);
            self.taken += now;
            done += now;
        }
        Ok(())
    }

    pub(crate) fn u32(&mut self) -> Result<u32, WireError> {
        let mut bytes = [0; 4];
        self.bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, WireError> {
        let mut bytes = [0; 8];
        self.bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub(crate) fn short(&mut self, into: &mut Vec<u8>) -> Result<(), WireError> {
        let mut length = [0; 2];
        self.bytes(&mut length)?;
        into.resize(usize::from(u16::from_le_bytes(length)), 0);
        self.bytes(into)
    }

    pub(crate) fn text(&mut self) -> Result<String, WireError> {
        let length = self.u64()?;
        let mut bytes = Vec::new();
        for _ in 0..length {
            let mut byte = [0];
            self.bytes(&mut byte)?;
            bytes.push(byte[0]);
        }
        String::from_utf8(bytes).map_err(|_| WireError::Malformed)
    }

    /// A count of things of a size, or less if it is more than anybody should reserve unseen.
    pub(crate) fn plausible(&self, count: u64, size: u64) -> u64 {
        count.min((1 << 28) / size)
    }

    /// Everything is read: the checksum must follow, and then nothing.
    pub(crate) fn finish(mut self) -> Result<(), WireError> {
        if self.taken != self.page.len() {
            return Err(WireError::Malformed);
        }
        Read::take(&mut *self.from, 9).read_to_end(&mut self.ahead)?;
        let sum = self.sum.to_le_bytes();
        if self.ahead == sum { Ok(()) } else { Err(WireError::Malformed) }
    }
}
