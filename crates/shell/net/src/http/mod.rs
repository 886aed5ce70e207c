//! Asking other systems by HTTP, on behalf of callers who wait: every answer comes within its limit,
//! whatever the other side does, and costs no more than [`MAX_BODY`] bytes.

mod allow;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode, Url};
use tokio::time::{Instant, timeout_at};

pub use allow::Allow;
use rappel_model::Secret;

/// Speaks HTTP. Cheap to clone; connections are kept and shared.
#[derive(Clone, Debug)]
pub struct Client(reqwest::Client);

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where: checked against `allow`, and so is every redirection.
    pub url: String,
    /// What may be asked at all.
    pub allow: Allow,
    /// Sent as JSON.
    pub body: Option<String>,
    /// Sent as `Authorization: Bearer …`, to the host that was asked and to no other.
    pub bearer: Option<Secret>,
    /// The limit of everything: names looked up, connections made, redirections, repeats, the body.
    pub timeout: Duration,
    /// How often it is repeated within the limit when nobody answered, or with a status of 5xx.
    pub retries: u32,
}

/// How another system is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Sends.
    Post,
    /// Replaces.
    Put,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The limit has passed.
    #[error("no answer in time")]
    TimedOut,
    /// Nobody answered, the connection broke, or what came is no HTTP.
    #[error("nobody answers there")]
    Unreachable,
    /// The address, or where it leads, may not be asked.
    #[error("the address is not on the allow list")]
    NotAllowed,
    /// Another status than 2xx.
    #[error("status {0}")]
    Status(u16),
    /// More than [`MAX_BODY`] bytes.
    #[error("the answer is too large")]
    TooLarge,
}

impl Client {
    /// A client that trusts the certificates of this machine. A TLS provider must be installed.
    ///
    /// # Errors
    /// The certificates of this machine cannot be read.
    pub fn new() -> Result<Self, String> {
        reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(MAX_IDLE)
            .pool_idle_timeout(IDLE)
            .user_agent(concat!("Rappel/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(Self)
            .map_err(|e| format!("HTTP cannot be spoken: {e}"))
    }

    /// Asks, and gives the body of a 2xx answer.
    ///
    /// # Errors
    /// [`Failure`]; always within the limit.
    pub async fn ask(&self, request: &Request) -> Result<Bytes, Failure> {
        let deadline = Instant::now() + request.timeout;
        let mut left = request.retries;
        loop {
            let asked = timeout_at(deadline, self.once(request));
            let outcome = asked.await.unwrap_or(Err(Failure::TimedOut));
            let again = matches!(outcome, Err(Failure::Unreachable | Failure::Status(500..)));
            if !again || left == 0 || Instant::now() + PAUSE >= deadline {
                return outcome;
            }
            left -= 1;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// One try, redirections of a reading request included.
    async fn once(&self, request: &Request) -> Result<Bytes, Failure> {
        let first = Url::parse(&request.url).map_err(|_| Failure::NotAllowed)?;
        let mut url = first.clone();
        for _ in 0..=MAX_REDIRECTS {
            if !request.allow.permits(&url) {
                return Err(Failure::NotAllowed);
            }
            let response = self.send(request, &first, url).await?;
            let status = response.status();
            if status.is_success() {
                return body(response).await;
            }
            match target(&response) {
                Some(next) if request.method == Method::Get => url = next,
                _ => return Err(Failure::Status(status.as_u16())),
            }
        }
        Err(Failure::Unreachable)
    }

    async fn send(&self, request: &Request, first: &Url, url: Url) -> Result<Response, Failure> {
        let same = url.origin() == first.origin();
        let mut asked = match request.method {
            Method::Get => self.0.get(url),
            Method::Post => self.0.post(url),
            Method::Put => self.0.put(url),
        }
        .header(ACCEPT, "application/json");
        if let Some(body) = &request.body {
            asked = asked
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone());
        }
        if let Some(bearer) = request.bearer.as_ref().filter(|_| same) {
            let value = format!("Bearer {}", bearer.reveal());
            let mut value = HeaderValue::try_from(value).map_err(|_| Failure::NotAllowed)?;
            value.set_sensitive(true);
            asked = asked.header(AUTHORIZATION, value);
        }
        asked.send().await.map_err(|_| Failure::Unreachable)
    }
}

/// Where an answer leads, when it does.
fn target(response: &Response) -> Option<Url> {
    let leads = matches!(
        response.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    let location = response.headers().get(LOCATION).filter(|_| leads)?;
    response.url().join(location.to_str().ok()?).ok()
}

/// Reads a body, but never more than [`MAX_BODY`].
async fn body(mut response: Response) -> Result<Bytes, Failure> {
    let told = response.content_length().unwrap_or(0);
    if told > MAX_BODY as u64 {
        return Err(Failure::TooLarge);
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Failure::Unreachable)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Most that is read of an answer: 64 KiB.
pub const MAX_BODY: usize = 64 * 1024;

/// Redirections that are followed, each only where the allow list lets it.
const MAX_REDIRECTS: usize = 3;

/// Connections per host that are kept open for the next request.
const MAX_IDLE: usize = 4;

/// How long they are kept.
const IDLE: Duration = Duration::from_secs(30);

/// How long is waited before a repeat.
const PAUSE: Duration = Duration::from_millis(100);
