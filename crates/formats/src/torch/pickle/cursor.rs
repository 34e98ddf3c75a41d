//! Reading the bytes of a pickle.

use crate::FormatError;

/// Where a pickle is being read.
#[derive(Default)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the current instruction begins.
    start: usize,
}

impl<'a> Cursor<'a> {
    /// At the beginning of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Cursor { bytes, at: 0, start: 0 }
    }

    /// How many bytes have been read.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Where the current instruction begins.
    pub fn start(&self) -> usize {
        self.start
    }

    /// The next instruction.
    pub fn opcode(&mut self) -> Result<u8, FormatError> {
        self.start = self.at;
        self.u8()
    }

    /// The error of an instruction that makes no sense.
    pub fn damaged<T>(&self, what: &str) -> Result<T, FormatError> {
        Err(FormatError::Damaged(format!("pickle, byte {}: {what}", self.start)))
    }

    /// The next `n` bytes.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], FormatError> {
        match self.bytes[self.at..].get(..n) {
            Some(taken) => {
                self.at += n;
                Ok(taken)
            }
            None => Err(FormatError::Damaged(format!(
                "it ends at byte {} in the middle of the pickle that describes it",
                self.bytes.len()
            ))),
        }
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// The next byte.
    pub fn u8(&mut self) -> Result<u8, FormatError> {
        Ok(self.array::<1>()?[0])
    }

    /// A length in 4 bytes, little-endian.
    pub fn length_4(&mut self) -> Result<usize, FormatError> {
        Ok(u32::from_le_bytes(self.array()?) as usize)
    }

    /// A length in 8 bytes, little-endian.
    pub fn length_8(&mut self) -> Result<usize, FormatError> {
        let length = u64::from_le_bytes(self.array()?);
        usize::try_from(length).or_else(|_| self.damaged("a length beyond the memory of this machine"))
    }

    /// The bytes up to the end of the line, which is consumed.
    pub fn line(&mut self) -> Result<&'a [u8], FormatError> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        let line = self.take(length)?;
        self.take(1)?;
        Ok(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// A line that is a Python name.
    pub fn name_line(&mut self) -> Result<&'a str, FormatError> {
        let line = self.line()?;
        std::str::from_utf8(line).or_else(|_| self.damaged("a name that is no text"))
    }

    /// A number in decimal digits.
    pub fn parse<T: std::str::FromStr>(&self, digits: &[u8]) -> Result<T, FormatError> {
        match std::str::from_utf8(digits).ok().and_then(|digits| digits.trim().parse().ok()) {
            Some(value) => Ok(value),
            None => self.damaged("a number that is none"),
        }
    }
}
