//! The header fields of one message, in order, as places in its bytes.

use std::borrow::Cow;
use std::fmt::{self, Write};

use bytes::Bytes;

use super::scan::split_list;
use super::{BadValue, Name, TypedHeader};

/// One header field to write. The value is unfolded and trimmed; it never holds CR, LF or NUL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    name: Name,
    value: String,
}

impl Field {
    /// A field to write. Control characters in `value` become spaces, so that no text from
    /// elsewhere can begin a header of its own.
    pub fn new(name: Name, value: &str) -> Self {
        let value = value.trim().chars().map(cleaned).collect();
        Self { name, value }
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Its value.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// One header field as it stands in a message. The value is unfolded and trimmed; it never holds
/// CR, LF or NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    name: &'a Name,
    value: &'a [u8],
}

impl<'a> Line<'a> {
    /// Its name.
    pub fn name(&self) -> &'a Name {
        self.name
    }

    /// Its value, byte for byte.
    pub fn value(&self) -> &'a [u8] {
        self.value
    }

    /// Its value as text; bytes that are not UTF-8 are replaced (RFC 3261 §7.3.1 wants UTF-8).
    pub fn text(&self) -> Cow<'a, str> {
        match std::str::from_utf8(self.value) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(self.value),
        }
    }
}

/// The header fields of one message, in order. Names repeat; order within a name counts.
///
/// Values that were read stay where they came, in the bytes of the message; those added since stand
/// one behind the other in a text of this list's own. A field is a name and a place in one of both.
#[derive(Clone, Default)]
pub struct Headers {
    wire: Bytes,
    own: Vec<u8>,
    entries: Vec<Entry>,
}

/// A name, and where its value stands.
#[derive(Clone)]
struct Entry {
    name: Name,
    place: Place,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place {
    /// In what was added, not in what was read.
    own: bool,
    start: u32,
    len: u32,
}

impl Place {
    fn new(own: bool, start: usize, len: usize) -> Self {
        let short = |n: usize| u32::try_from(n).expect("no message comes near 4 GiB");
        Self {
            own,
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
        let place = Place::new(false, start, len);
        self.entries.push(Entry { name, place });
    }

    /// Adds a field whose value was found and had to be written anew; it is known to hold no
    /// control characters.
    pub(crate) fn push_bytes(&mut self, name: Name, value: &[u8]) {
        let place = self.add(|own| own.extend_from_slice(value));
        self.entries.push(Entry { name, place });
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = Line<'_>> {
        self.entries.iter().map(|entry| self.line(entry))
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
        let named = self.entries.iter().filter(move |entry| entry.name == *name);
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
        let name = T::NAME;
        self.entries.push(Entry { name, place });
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
        let place = self.write(header);
        let entry = Entry {
            name: T::NAME,
            place,
        };
        let first = self.position(&T::NAME);
        self.remove(&T::NAME);
        self.entries
            .insert(first.unwrap_or(self.entries.len()), entry);
    }

    /// Removes every field of that name.
    pub fn remove(&mut self, name: &Name) {
        self.entries.retain(|entry| entry.name != *name);
    }

    /// Replaces the first field of this kind, or puts one in front of all others.
    pub(crate) fn set_first<T: TypedHeader>(&mut self, header: &T) {
        let place = self.write(header);
        match self.entries.iter_mut().find(|entry| entry.name == T::NAME) {
            Some(first) => first.place = place,
            None => self.entries.insert(
                0,
                Entry {
                    name: T::NAME,
                    place,
                },
            ),
        }
    }

    /// The fields whose name is `wanted`, in the same order.
    pub(crate) fn only(&self, wanted: impl Fn(&Name) -> bool) -> Self {
        let mut only = Self::of_wire(self.wire.clone(), FOR_ANSWER);
        for entry in self.entries.iter().filter(|entry| wanted(&entry.name)) {
            match entry.place.own {
                false => only.entries.push(entry.clone()),
                true => only.push_line(self.line(entry)),
            }
        }
        only
    }

    /// Makes every element of the comma lists of these names a field of its own. Text that is not
    /// UTF-8 is replaced in them, because only text can be taken apart.
    pub(crate) fn take_apart(&mut self, is_list: impl Fn(&Name) -> bool) {
        for entry in std::mem::take(&mut self.entries) {
            if !is_list(&entry.name) {
                self.entries.push(entry);
                continue;
            }
            for element in elements_of(self.line(&entry), entry.place) {
                let place = match element {
                    Ok(place) => place,
                    Err(replaced) => self.add(|own| own.extend_from_slice(replaced.as_bytes())),
                };
                let name = entry.name.clone();
                self.entries.push(Entry { name, place });
            }
        }
    }

    fn line<'a>(&'a self, entry: &'a Entry) -> Line<'a> {
        let Place { own, start, len } = entry.place;
        let bytes: &[u8] = if own { &self.own } else { &self.wire };
        Line {
            name: &entry.name,
            value: &bytes[start as usize..][..len as usize],
        }
    }

    fn position(&self, name: &Name) -> Option<usize> {
        self.entries.iter().position(|entry| entry.name == *name)
    }

    /// Writes a value behind the others, without blanks at its ends.
    fn write(&mut self, header: &impl fmt::Display) -> Place {
        let whole = self.add(|own| write!(Clean(own), "{header}").expect("a Vec takes everything"));
        let written = &self.own[whole.start as usize..];
        let (first, last) = (written.first(), written.last());
        if first.is_some_and(u8::is_ascii_graphic) && last.is_some_and(u8::is_ascii_graphic) {
            return whole;
        }
        let text = std::str::from_utf8(written).expect("a header writes text");
        let trimmed = text.trim();
        let before = text.len() - text.trim_start().len();
        Place::new(true, whole.start as usize + before, trimmed.len())
    }

    fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Place {
        let start = self.own.len();
        write(&mut self.own);
        Place::new(true, start, self.own.len() - start)
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
                let start = whole.start as usize + offset;
                Ok(Place::new(whole.own, start, element.len()))
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

/// What is written to it begins no header of its own: control characters become spaces.
struct Clean<'a>(&'a mut Vec<u8>);

impl Write for Clean<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let start = self.0.len();
        self.0.extend_from_slice(text.as_bytes());
        for b in &mut self.0[start..] {
            *b = cleaned_byte(*b);
        }
        Ok(())
    }
}

/// Room set aside for the fields an answer copies and those that are added to it.
const FOR_ANSWER: usize = 16;

fn cleaned(c: char) -> char {
    if c.is_ascii_control() && c != '\t' {
        ' '
    } else {
        c
    }
}

fn cleaned_byte(b: u8) -> u8 {
    if b.is_ascii_control() && b != b'\t' {
        b' '
    } else {
        b
    }
}
