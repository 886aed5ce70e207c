//! The header fields of one message, in order, as places in its bytes.

use std::borrow::Cow;
use std::fmt::{self, Write};

use bytes::Bytes;

use super::field::Clean;
use super::name::Number;
use super::scan::split_list;
use super::{BadValue, Field, Line, Name, TypedHeader};

/// The header fields of one message, in order. Names repeat; order within a name counts.
///
/// Values that were read stay where they came, in the bytes of the message; those added since stand
/// one behind the other in a text of this list's own. A field is a name and a place in one of both.
#[derive(Clone, Default)]
pub struct Headers {
    wire: Bytes,
    own: Vec<u8>,
    /// The names this room does not know.
    others: Vec<Name>,
    entries: Vec<Entry>,
}

/// A name, and where its value stands.
#[derive(Clone, Copy)]
struct Entry {
    name: Number,
    /// Which of the others it is, where the number is not that of a known name.
    other: u32,
    place: Place,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place {
    /// In what was added, not in what was read.
    own: bool,
    /// Bytes of its line before it, where that line is as it is written: the RFC's name, `: `, the
    /// value, CRLF. Nought where it is not.
    lead: u8,
    start: u32,
    len: u32,
}

impl Place {
    #[inline]
    fn new(own: bool, lead: u8, start: usize, len: usize) -> Self {
        let short = |n: usize| u32::try_from(n).expect("no message comes near 4 GiB");
        Self {
            own,
            lead,
            start: short(start),
            len: short(len),
        }
    }
}

impl Headers {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty list for what is found in `wire`, with room for so many fields.
    pub(crate) fn of_wire(wire: Bytes, fields: usize) -> Self {
        Self {
            wire,
            own: Vec::new(),
            others: Vec::new(),
            entries: Vec::with_capacity(fields),
        }
    }

    /// The bytes the fields were found in; empty when none was.
    pub(crate) fn wire(&self) -> &Bytes {
        &self.wire
    }

    /// Adds a field as it was found: `len` bytes at `start` of [`Headers::wire`], known to hold no
    /// control characters.
    pub(crate) fn push_found(&mut self, name: Name, start: usize, len: usize) {
        self.push_entry(name, Place::new(false, 0, start, len));
    }

    /// As [`Headers::push_found`] for a name by its number. Where the line is written as we write
    /// it, `lead` says how many bytes of it stand before the value; it is nought otherwise.
    #[inline]
    pub(crate) fn push_known(&mut self, name: Number, lead: u8, start: usize, len: usize) {
        let place = Place::new(false, lead, start, len);
        self.entries.push(Entry {
            name,
            other: 0,
            place,
        });
    }

    /// As [`Headers::push_known`] for a name we do not know.
    pub(crate) fn push_other(&mut self, name: Name, lead: u8, start: usize, len: usize) {
        self.push_entry(name, Place::new(false, lead, start, len));
    }

    /// Adds a field whose value was found and had to be written anew; it is known to hold no
    /// control characters.
    pub(crate) fn push_bytes(&mut self, name: Name, value: &[u8]) {
        let place = self.add(&name, |own| own.extend_from_slice(value));
        self.push_entry(name, place);
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = Line<'_>> {
        self.entries.iter().map(|entry| self.line(entry))
    }

    /// The numbers of all names in order.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = Number> {
        self.entries.iter().map(|entry| entry.name)
    }

    /// The value at that place of the list.
    pub(crate) fn value_at(&self, at: usize) -> &[u8] {
        let place = self.entries[at].place;
        &self.bytes(place.own)[place.start as usize..][..place.len as usize]
    }

    /// The value at that place of the list as text, as [`Line::text`] has it.
    pub(crate) fn text_at(&self, at: usize) -> Cow<'_, str> {
        self.line(&self.entries[at]).text()
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The fields of that name, in order.
    pub fn fields<'a, 'n>(
        &'a self,
        name: &'n Name,
    ) -> impl Iterator<Item = Line<'a>> + use<'a, 'n> {
        let number = name.number();
        let named = self.entries.iter().filter(move |entry| {
            entry.name == number && (number != Number::OTHER || self.name(entry) == name)
        });
        named.map(|entry| self.line(entry))
    }

    /// Whether a field of that name is there.
    pub fn has(&self, name: &Name) -> bool {
        self.fields(name).next().is_some()
    }

    /// The first value of that name as text.
    pub fn text(&self, name: &Name) -> Option<Cow<'_, str>> {
        Some(self.fields(name).next()?.text())
    }

    /// The first value of this kind that can be read; `None` when it is missing or unreadable.
    pub fn typed<T: TypedHeader>(&self) -> Option<T> {
        self.read().ok().flatten()
    }

    /// The first value of this kind.
    ///
    /// # Errors
    /// [`BadValue`] when the header is there but cannot be read.
    pub fn read<T: TypedHeader>(&self) -> Result<Option<T>, BadValue> {
        for field in self.fields(&T::NAME) {
            let text = field.text();
            let first = if T::LIST {
                split_list(&text).next()
            } else {
                Some(&*text)
            };
            if let Some(first) = first {
                return T::read(first).map(Some);
            }
        }
        Ok(None)
    }

    /// Every readable value of this kind, comma lists taken apart, in order. Unreadable ones are
    /// left out: see [`Headers::read_all`] where that matters.
    pub fn all<T: TypedHeader>(&self) -> Vec<T> {
        self.elements::<T, _>(|text| T::read(text).ok())
    }

    /// Every value of this kind, comma lists taken apart, in order.
    ///
    /// # Errors
    /// The first [`BadValue`] when any of them cannot be read.
    pub fn read_all<T: TypedHeader>(&self) -> Result<Vec<T>, BadValue> {
        self.elements::<T, _>(|text| Some(T::read(text)))
            .into_iter()
            .collect()
    }

    /// Adds a typed header at the end.
    pub fn push<T: TypedHeader>(&mut self, header: &T) {
        let place = self.write(header);
        self.push_entry(T::NAME, place);
    }

    /// Adds a field at the end.
    pub fn push_field(&mut self, field: Field) {
        self.push_bytes(field.name, field.value.as_bytes());
    }

    /// Adds a field of another message at the end, byte for byte.
    pub fn push_line(&mut self, line: Line<'_>) {
        self.push_bytes(line.name.clone(), line.value);
    }

    /// Replaces every header of this kind by one; at the place of the first, else at the end.
    pub fn set<T: TypedHeader>(&mut self, header: &T) {
        let first = self.position(&T::NAME);
        self.remove(&T::NAME);
        self.push(header);
        if let Some(first) = first {
            self.entries[first..].rotate_right(1);
        }
    }

    /// Removes every field of that name.
    pub fn remove(&mut self, name: &Name) {
        let mut entries = std::mem::take(&mut self.entries);
        let number = name.number();
        entries.retain(|entry| {
            entry.name != number || (number == Number::OTHER && self.name(entry) != name)
        });
        self.entries = entries;
    }

    /// Removes the field at that place of the list.
    pub(crate) fn remove_at(&mut self, place: usize) {
        self.entries.remove(place);
    }

    /// Replaces the first field of this kind, or puts one in front of all others.
    pub(crate) fn set_first<T: TypedHeader>(&mut self, header: &T) {
        if let Some(first) = self.position(&T::NAME) {
            self.entries[first].place = self.write(header);
        } else {
            self.push(header);
            self.entries.rotate_right(1);
        }
    }

    /// The fields whose name is `wanted`, in the same order.
    pub(crate) fn only(&self, wanted: impl Fn(&Name) -> bool) -> Self {
        let mut only = Self::of_wire(self.wire.clone(), FOR_ANSWER);
        for entry in self.entries.iter().filter(|entry| wanted(self.name(entry))) {
            if entry.place.own || entry.name == Number::OTHER {
                only.push_line(self.line(entry));
            } else {
                only.entries.push(*entry);
            }
        }
        only
    }

    /// Makes every element of the comma lists of these names a field of its own. Text that is not
    /// UTF-8 is replaced in them, because only text can be taken apart.
    pub(crate) fn take_apart(&mut self, is_list: impl Fn(&Name) -> bool) {
        for entry in std::mem::take(&mut self.entries) {
            let line = self.line(&entry);
            if !is_list(line.name) {
                self.entries.push(entry);
                continue;
            }
            let name = line.name.clone();
            for element in elements_of(line, entry.place) {
                match element {
                    Ok(place) => self.entries.push(Entry { place, ..entry }),
                    Err(replaced) => self.push_bytes(name.clone(), replaced.as_bytes()),
                }
            }
        }
    }

    /// How many bytes [`Headers::write_to`] writes.
    pub(crate) fn written_len(&self) -> usize {
        let line = |entry: &Entry| match entry.place.lead {
            0 => self.name(entry).as_str().len() + 4 + entry.place.len as usize,
            lead => usize::from(lead) + 2 + entry.place.len as usize,
        };
        self.entries.iter().map(line).sum()
    }

    /// Writes every field with its final CRLF. Neighbours that stand as they are written are
    /// copied together.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>) {
        let mut run = (false, 0..0);
        for entry in &self.entries {
            let Place {
                own,
                lead,
                start,
                len,
            } = entry.place;
            let value = start as usize..start as usize + len as usize;
            let begin = value.start - usize::from(lead);
            if lead > 0 && run.0 == own && run.1.end == begin {
                run.1.end = value.end + 2;
                continue;
            }
            out.extend_from_slice(&self.bytes(run.0)[run.1]);
            run = (own, begin..value.end + 2);
            if lead == 0 {
                run.1 = 0..0;
                out.extend_from_slice(self.name(entry).as_str().as_bytes());
                out.extend_from_slice(b": ");
                out.extend_from_slice(&self.bytes(own)[value]);
                out.extend_from_slice(b"\r\n");
            }
        }
        out.extend_from_slice(&self.bytes(run.0)[run.1]);
    }

    fn bytes(&self, own: bool) -> &[u8] {
        if own { &self.own } else { &self.wire }
    }

    fn name<'a>(&'a self, entry: &Entry) -> &'a Name {
        let known = entry.name.name();
        known.unwrap_or_else(|| &self.others[entry.other as usize])
    }

    fn line(&self, entry: &Entry) -> Line<'_> {
        let Place {
            own, start, len, ..
        } = entry.place;
        Line {
            name: self.name(entry),
            value: &self.bytes(own)[start as usize..][..len as usize],
        }
    }

    fn position(&self, name: &Name) -> Option<usize> {
        self.entries
            .iter()
            .position(|entry| self.name(entry) == name)
    }

    fn push_entry(&mut self, name: Name, place: Place) {
        let number = name.number();
        let mut other = 0;
        if number == Number::OTHER {
            other = u32::try_from(self.others.len()).expect("no message has 2³² fields");
            self.others.push(name);
        }
        self.entries.push(Entry {
            name: number,
            other,
            place,
        });
    }

    /// Writes a value behind the others, without blanks at its ends.
    fn write<T: TypedHeader>(&mut self, header: &T) -> Place {
        let whole = self.add(&T::NAME, |own| {
            write!(Clean(own), "{header}").expect("a Vec takes everything");
        });
        let written = &self.own[whole.start as usize..][..whole.len as usize];
        let (first, last) = (written.first(), written.last());
        if first.is_some_and(u8::is_ascii_graphic) && last.is_some_and(u8::is_ascii_graphic) {
            return whole;
        }
        let text = std::str::from_utf8(written).expect("a header writes text");
        let before = text.len() - text.trim_start().len();
        let start = whole.start as usize + before;
        Place::new(true, 0, start, text.trim().len())
    }

    /// Writes a line behind the others as a message has it.
    fn add(&mut self, name: &Name, write: impl FnOnce(&mut Vec<u8>)) -> Place {
        let begin = self.own.len();
        self.own.extend_from_slice(name.as_str().as_bytes());
        self.own.extend_from_slice(b": ");
        let start = self.own.len();
        // A name too long for that is merely copied by itself.
        let lead = u8::try_from(start - begin).unwrap_or(0);
        write(&mut self.own);
        let len = self.own.len() - start;
        self.own.extend_from_slice(b"\r\n");
        Place::new(true, lead, start, len)
    }

    fn elements<T: TypedHeader, R>(&self, read: impl Fn(&str) -> Option<R>) -> Vec<R> {
        let mut found = Vec::new();
        for field in self.fields(&T::NAME) {
            let text = field.text();
            if T::LIST {
                found.extend(split_list(&text).filter_map(&read));
            } else {
                found.extend(read(&text));
            }
        }
        found
    }
}

/// Where the elements of a comma list stand; as text where it had to be replaced.
fn elements_of(line: Line<'_>, whole: Place) -> Vec<Result<Place, String>> {
    match line.text() {
        Cow::Borrowed(text) => split_list(text)
            .map(|element| {
                let offset = element.as_ptr().addr() - text.as_ptr().addr();
                let lead = if element.len() == text.len() {
                    whole.lead
                } else {
                    0
                };
                let start = whole.start as usize + offset;
                Ok(Place::new(whole.own, lead, start, element.len()))
            })
            .collect(),
        Cow::Owned(text) => split_list(&text).map(|part| Err(part.to_owned())).collect(),
    }
}

impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Headers {}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.iter().map(|line| (line.name, line.text()));
        f.debug_list().entries(lines).finish()
    }
}

/// Room set aside for the fields an answer copies and those that are added to it.
const FOR_ANSWER: usize = 16;
