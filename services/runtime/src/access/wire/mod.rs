//! Reads single text fields out of an encoded message, and steps over everything else: a month of a county is not decoded twice.
//!
//! Every occurrence is reported, so whichever of them a decoder takes in the end was seen. What a decoder could read differently
//! (groups, other wire types, lengths beyond the end) is malformed.

use std::collections::VecDeque;

use prost::bytes::Bytes;

/// Longest text that is read. Names are shorter by far.
const LONGEST: usize = 512;

/// The message is not protobuf, or not such that only one reading of it is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Where texts stand in a message, by field numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Node {
    fields: Vec<(u32, Target)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    /// The text of the path with this index.
    Text(usize),
    Message(Node),
}

impl Node {
    /// Adds the path of a text, whose values are reported under `index`; `false` where it is there already, or ends where another goes on.
    pub(crate) fn add(&mut self, numbers: &[u32], index: usize) -> bool {
        let [number, rest @ ..] = numbers else { return false };
        let known = self.fields.iter_mut().find(|(known, _)| known == number);
        match known.map(|(_, target)| target) {
            Some(Target::Message(node)) => node.add(rest, index),
            Some(Target::Text(_)) => false,
            None if rest.is_empty() => {
                self.fields.push((*number, Target::Text(index)));
                true
            }
            None => {
                let mut node = Self::default();
                let added = node.add(rest, index);
                self.fields.push((*number, Target::Message(node)));
                added
            }
        }
    }

    fn target(&self, number: u32) -> Option<&Target> {
        self.fields.iter().find(|(known, _)| *known == number).map(|(_, target)| target)
    }
}

/// Reports every text at the paths of `node` in a message that lies in `chunks` from `start` over `length` bytes.
///
/// # Errors
///
/// [`Malformed`] as soon as the message is.
pub(crate) fn find(
    chunks: &VecDeque<Bytes>,
    start: usize,
    length: usize,
    node: &Node,
    report: &mut impl FnMut(usize, Vec<u8>),
) -> Result<(), Malformed> {
    let mut cursor = Cursor { chunks, chunk: 0, offset: 0, left: length.checked_add(start).ok_or(Malformed)? };
    cursor.skip(start)?;
    cursor.walk(length, node, report)
}

struct Cursor<'a> {
    chunks: &'a VecDeque<Bytes>,
    chunk: usize,
    offset: usize,
    /// Bytes up to the end of the outermost message.
    left: usize,
}

impl Cursor<'_> {
    fn walk(&mut self, length: usize, node: &Node, report: &mut impl FnMut(usize, Vec<u8>)) -> Result<(), Malformed> {
        let end = self.left.checked_sub(length).ok_or(Malformed)?;
        while self.left > end {
            let key = u32::try_from(self.varint()?).map_err(|_| Malformed)?;
            let (number, wire_type) = (key >> 3, key & 7);
            if number == 0 {
                return Err(Malformed);
            }
            let target = node.target(number);
            if target.is_some() && wire_type != 2 {
                return Err(Malformed);
            }
            match wire_type {
                0 => {
                    self.varint()?;
                }
                1 => self.skip(8)?,
                2 => {
                    let size = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
                    if size > self.left.saturating_sub(end) {
                        return Err(Malformed);
                    }
                    match target {
                        None => self.skip(size)?,
                        Some(Target::Text(index)) => report(*index, self.take(size)?),
                        Some(Target::Message(inner)) => self.walk(size, inner, report)?,
                    }
                }
                5 => self.skip(4)?,
                _ => return Err(Malformed),
            }
        }
        if self.left == end { Ok(()) } else { Err(Malformed) }
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        loop {
            let chunk = self.chunks.get(self.chunk).ok_or(Malformed)?;
            if let Some(byte) = chunk.get(self.offset) {
                self.offset += 1;
                self.left = self.left.checked_sub(1).ok_or(Malformed)?;
                return Ok(*byte);
            }
            self.chunk += 1;
            self.offset = 0;
        }
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for place in 0..10 {
            let byte = self.byte()?;
            // The tenth byte holds the last bit of 64.
            if place == 9 && byte > 1 {
                return Err(Malformed);
            }
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    fn skip(&mut self, mut size: usize) -> Result<(), Malformed> {
        self.left = self.left.checked_sub(size).ok_or(Malformed)?;
        while size > 0 {
            let chunk = self.chunks.get(self.chunk).ok_or(Malformed)?;
            let step = size.min(chunk.len() - self.offset);
            self.offset += step;
            size -= step;
            if self.offset == chunk.len() {
                self.chunk += 1;
                self.offset = 0;
            }
        }
        Ok(())
    }

    fn take(&mut self, size: usize) -> Result<Vec<u8>, Malformed> {
        if size > LONGEST {
            return Err(Malformed);
        }
        (0..size).map(|_| self.byte()).collect()
    }
}

#[cfg(test)]
mod tests;
