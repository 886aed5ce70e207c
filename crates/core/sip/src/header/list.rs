//! The header fields of one message, in order, as bytes.

use std::borrow::Cow;

use bytes::Bytes;

use super::scan::split_list;
use super::{BadValue, Name, TypedHeader};

/// One header field. The value is unfolded and trimmed; it never holds CR, LF or NUL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    name: Name,
    value: Bytes,
}

impl Field {
    /// A field to write. Control characters in `value` become spaces, so that no text from
    /// elsewhere can begin a header of its own.
    pub fn new(name: Name, value: &str) -> Self {
        let clean = |b: u8| {
            if b.is_ascii_control() && b != b'\t' {
                b' '
            } else {
                b
            }
        };
        let value = value.trim().bytes().map(clean).collect::<Vec<_>>();
        Self {
            name,
            value: value.into(),
        }
    }

    /// A field as it was read: `value` is known to hold no control characters.
    pub(crate) fn from_wire(name: Name, value: Bytes) -> Self {
        Self { name, value }
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Its value, byte for byte.
    pub fn value(&self) -> &Bytes {
        &self.value
    }

    /// Its value as text; bytes that are not UTF-8 are replaced (RFC 3261 §7.3.1 wants UTF-8).
    pub fn text(&self) -> Cow<'_, str> {
        match std::str::from_utf8(&self.value) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(&self.value),
        }
    }
}

/// The header fields of one message, in order. Names repeat; order within a name counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<Field>);

impl Headers {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty list with room for so many fields.
    pub(crate) fn with_capacity(fields: usize) -> Self {
        Self(Vec::with_capacity(fields))
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        self.0.iter()
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields of that name, in order.
    pub fn fields<'a>(&'a self, name: &'a Name) -> impl Iterator<Item = &'a Field> {
        self.0.iter().filter(move |field| field.name == *name)
    }

    /// Whether a field of that name is there.
    pub fn has(&self, name: &Name) -> bool {
        self.fields(name).next().is_some()
    }

    /// The first value of that name as text.
    pub fn text(&self, name: &Name) -> Option<Cow<'_, str>> {
        let field = self.0.iter().find(|field| field.name == *name)?;
        Some(field.text())
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
        self.push_field(Field::new(T::NAME, &header.to_string()));
    }

    /// Adds a field at the end.
    pub fn push_field(&mut self, field: Field) {
        self.0.push(field);
    }

    /// Replaces every header of this kind by one; at the place of the first, else at the end.
    pub fn set<T: TypedHeader>(&mut self, header: &T) {
        let field = Field::new(T::NAME, &header.to_string());
        let place = self.0.iter().position(|f| f.name == T::NAME);
        self.remove(&T::NAME);
        match place {
            Some(place) => self.0.insert(place, field),
            None => self.0.push(field),
        }
    }

    /// Removes every field of that name.
    pub fn remove(&mut self, name: &Name) {
        self.0.retain(|field| field.name != *name);
    }

    /// Replaces the first field of that name, or puts one in front of all others.
    pub(crate) fn set_first(&mut self, field: Field) {
        match self.0.iter_mut().find(|f| f.name == field.name) {
            Some(first) => *first = field,
            None => self.0.insert(0, field),
        }
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
