//! Content-Type: what the body is (RFC 3261 §20.15).

use std::fmt;

use super::scan::{cut, is_token};
use super::{BadValue, Name, Params, TypedHeader};

/// A media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentType {
    /// `application`, in lower case.
    pub main: String,
    /// `sdp`, in lower case.
    pub sub: String,
    /// `boundary`, `charset` and others.
    pub params: Params,
}

impl ContentType {
    /// Whether it is `main/sub`, as in `is("application/sdp")`.
    pub fn is(&self, wanted: &str) -> bool {
        wanted.split_once('/').is_some_and(|(main, sub)| {
            main.eq_ignore_ascii_case(&self.main) && sub.eq_ignore_ascii_case(&self.sub)
        })
    }
}

impl TypedHeader for ContentType {
    const NAME: Name = Name::ContentType;

    fn read(text: &str) -> Result<Self, BadValue> {
        let (range, params) = read_range(text, "Content-Type is not type/subtype")?;
        Ok(Self {
            main: range.0,
            sub: range.1,
            params,
        })
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.main, self.sub, self.params)
    }
}

/// One media range we accept (RFC 3261 §20.1): `application/sdp`, `application/*`, `*/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    /// `application` or `*`, in lower case.
    pub main: String,
    /// `sdp` or `*`, in lower case.
    pub sub: String,
    /// `q` and others.
    pub params: Params,
}

impl Accept {
    /// Whether a body of that type is welcome.
    pub fn covers(&self, content: &ContentType) -> bool {
        let fits = |mine: &str, theirs: &str| mine == "*" || mine == theirs;
        fits(&self.main, &content.main) && fits(&self.sub, &content.sub)
    }
}

impl TypedHeader for Accept {
    const NAME: Name = Name::Accept;
    const LIST: bool = true;

    fn read(text: &str) -> Result<Self, BadValue> {
        let (range, params) = read_range(text, "Accept is not type/subtype")?;
        Ok(Self {
            main: range.0,
            sub: range.1,
            params,
        })
    }
}

impl fmt::Display for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.main, self.sub, self.params)
    }
}

fn read_range(text: &str, why: &'static str) -> Result<((String, String), Params), BadValue> {
    let (range, params) = cut(text, b';');
    let (main, sub) = range.split_once('/').ok_or(BadValue(why))?;
    let (main, sub) = (main.trim(), sub.trim());
    if !is_token(main) || !is_token(sub) {
        return Err(BadValue(why));
    }
    let range = (main.to_ascii_lowercase(), sub.to_ascii_lowercase());
    Ok((range, Params::read(params.unwrap_or_default())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_reads_with_blanks_and_case() {
        let text = "Multipart / Mixed ; boundary=\"a;b\"";
        let content = ContentType::read(text).unwrap();
        assert!(content.is("multipart/mixed"));
        assert_eq!(content.to_string(), "multipart/mixed;boundary=\"a;b\"");
        assert!(ContentType::read("sdp").is_err());
    }

    #[test]
    fn a_range_covers_what_it_names() {
        let sdp = ContentType::read("application/sdp").unwrap();
        let covers = |text: &str| Accept::read(text).unwrap().covers(&sdp);
        assert!(covers("application/sdp;level=1") && covers("application/*") && covers("*/*"));
        assert!(!covers("text/plain"));
    }
}
