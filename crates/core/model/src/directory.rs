//! What steps look up, and where calls may be sent besides people, teams and lines (FLOWS §7.2, §7.6).

use crate::ids::{DestinationName, DeviceName, DirectoryName};
use crate::number::PhoneNumber;

/// A table of contacts for `lookup`: a CSV file whose first line names the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// Its name.
    pub name: DirectoryName,
    /// The file, in the tenant's folder; read again whenever it changes.
    pub file: String,
    /// The column that a lookup compares unless it says `by`.
    pub key: String,
    /// Whether those in it are `caller.known`.
    pub contacts: bool,
    /// The columns there are, in order; `None` when the file was not told to whoever checked it.
    pub columns: Option<Vec<String>>,
}

impl Directory {
    /// Whether there is a column of this name, as far as is known.
    pub fn may_have(&self, column: &str) -> bool {
        let columns = self.columns.as_ref();
        columns.is_none_or(|columns| columns.iter().any(|name| name == column))
    }
}

/// A number outside to which `transfer` may send a call (`[destination.NAME]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Its name.
    pub name: DestinationName,
    /// E.164.
    pub number: PhoneNumber,
}

/// A phone of the company's own that is reached through a trunk (`[device.NAME]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its name, as persons list it among their phones.
    pub name: DeviceName,
    /// E.164.
    pub number: PhoneNumber,
}
