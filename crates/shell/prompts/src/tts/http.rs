//! A voice that is a service: the request that OpenAI's `audio/speech` takes, and many servers with
//! it.

use std::collections::BTreeMap;

use rappel_model::{Language, Secret};
use reqwest::redirect::Policy;

use super::{Error, MAX_SOUND, MAX_TEXT};

/// The service.
#[derive(Clone, Debug)]
pub struct Service {
    client: reqwest::Client,
    url: String,
    model: String,
    /// By language.
    voices: BTreeMap<String, String>,
    key: Option<Secret>,
}

impl Service {
    /// A service at `url`, whole: `https://host/v1/audio/speech`. A TLS provider must be installed.
    ///
    /// # Errors
    /// The certificates of this machine cannot be read.
    pub fn new(
        url: String,
        model: String,
        voices: BTreeMap<String, String>,
        key: Option<Secret>,
    ) -> Result<Self, String> {
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .map_err(|e| format!("HTTP cannot be spoken: {e}"))?;
        Ok(Self {
            client,
            url,
            model,
            voices,
            key,
        })
    }

    pub(super) fn identity(&self, language: &Language) -> String {
        [&self.url, &self.model, self.voice(language)]
            .map(String::as_str)
            .join("\n")
    }

    pub(super) async fn say(&self, language: &Language, text: &str) -> Result<Vec<u8>, Error> {
        let text: String = text.chars().take(MAX_TEXT).collect();
        let body = serde_json::json!({
            "model": self.model,
            "voice": self.voice(language),
            "input": text,
            "response_format": "wav",
        });
        let mut request = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .body(body.to_string());
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.reveal());
        }
        let failed = |e: reqwest::Error| Error::Failed(e.without_url().to_string());
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status();
        if !status.is_success() {
            return Err(Error::Failed(format!("status {}", status.as_u16())));
        }
        let mut sound = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if sound.len() + chunk.len() > MAX_SOUND {
                return Err(Error::NotSound(format!("more than {MAX_SOUND} bytes")));
            }
            sound.extend_from_slice(&chunk);
        }
        Ok(sound)
    }

    fn voice(&self, language: &Language) -> &String {
        let name = language.as_str();
        let plain = name.split('-').next().unwrap_or(name);
        let voice = self.voices.get(name).or_else(|| self.voices.get(plain));
        voice.unwrap_or(&self.model)
    }
}
