//! Which addresses may be asked.

use reqwest::Url;

/// The beginnings of addresses that may be asked: `https://host/path/`. Nothing else may.
#[derive(Clone, Debug, Default)]
pub struct Allow(Vec<Url>);

impl Allow {
    /// A list of beginnings; one that is no address lets nothing through.
    pub fn new<'a>(beginnings: impl IntoIterator<Item = &'a str>) -> Self {
        let read = beginnings.into_iter().filter_map(|b| Url::parse(b).ok());
        Self(read.filter(Url::has_host).collect())
    }

    /// Whether an address begins like one of the list: the same scheme, host and port, and a path
    /// below its path. Dots that climb (`..`, `%2e%2e`) are resolved in both when they are read.
    pub fn permits(&self, url: &Url) -> bool {
        let plain = url.username().is_empty() && url.password().is_none();
        let is_web = matches!(url.scheme(), "http" | "https");
        plain && is_web && self.0.iter().any(|beginning| begins(url, beginning))
    }
}

fn begins(url: &Url, beginning: &Url) -> bool {
    if url.origin() != beginning.origin() {
        return false;
    }
    let Some(rest) = url.path().strip_prefix(beginning.path()) else {
        return false;
    };
    rest.is_empty() || rest.starts_with('/') || beginning.path().ends_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_begins_like_the_list_may_be_asked() {
        let allow = Allow::new(["https://a.example/v1/", "http://b.example:8080", "nonsense"]);
        let may = |url: &str| Url::parse(url).is_ok_and(|url| allow.permits(&url));
        for fine in [
            "https://a.example/v1/x?y=z",
            "https://A.EXAMPLE:443/v1/",
            "http://b.example:8080/anything",
            "https://a.example/v2/../v1/x",
        ] {
            assert!(may(fine), "{fine}");
        }
        for wrong in [
            "http://a.example/v1/x",
            "https://a.example/v1",
            "https://a.example/v1/../v2/x",
            "https://a.example/v1/%2e%2e/v2/x",
            "https://a.example/v1/%2E./x",
            "https://a.example.evil.example/v1/x",
            "https://a.example@evil.example/v1/x",
            "https://user@a.example/v1/x",
            "https://a.example:444/v1/x",
            "http://b.example/anything",
            "file:///etc/passwd",
            "https:///v1/x",
        ] {
            assert!(!may(wrong), "{wrong}");
        }
        let exact = Allow::new(["https://a.example/v1"]);
        let may = |url: &str| exact.permits(&Url::parse(url).unwrap());
        assert!(may("https://a.example/v1") && may("https://a.example/v1/x?y"));
        assert!(!may("https://a.example/v10"));
    }
}
