//! One side of one session.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use rappel_model::{Network, Random, Secrecy};

use super::Refused;
use super::browser::{OurPart, Presence};
use super::carried::Carried;
use super::codecs::{PayloadTypes, usual_payload_type, usual_telephone_event};
use super::crypto::Crypto;
use super::protection::{Material, Protection};
use super::reach;
use super::read::{Line, Target, read};
use super::write::{Audio, OurLine, RTP_AVP, RTP_SAVP, UDP_TLS_SAVPF, write};
use crate::format::Format;
use crate::peering::Fingerprint;
use crate::stream::{Direction, Encoding, PayloadType, Security, Stream};

/// One side of one audio session, from the first offer to the last hold.
#[derive(Clone, Debug)]
pub struct Negotiation {
    local: SocketAddr,
    /// Where the peer's messages come from, as far as that was told.
    heard_from: Option<IpAddr>,
    session_id: u64,
    encodings: Vec<Encoding>,
    /// Formats of somebody else's peer, spoken here in place of ours; none where ours are.
    carried: Vec<Carried>,
    /// Version of the last body we sent; 0 before the first.
    version: u64,
    /// Its m-lines; empty before the first. Their number never falls (RFC 3264 §8).
    said: Vec<OurLine>,
    offer: OfferState,
    agreed: Option<Stream>,
    /// Payload types the peer has given a meaning.
    bound: PayloadTypes,
    protection: Protection,
    /// Who we are to browsers, where they are welcome.
    presence: Option<Presence>,
    /// Where nothing is sent.
    blocked: Arc<[Network]>,
}

/// A line of theirs that we take.
struct Choice {
    index: usize,
    target: Target,
    format: Format,
    security: Security,
    /// Our key for the answer.
    crypto: Option<Crypto>,
    /// Our part for a browser, and who we are to it from then on.
    browser: Option<(OurPart, Presence)>,
}

/// What has become of our own last offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OfferState {
    /// There is none, or the peer's has replaced it.
    None,
    /// Nobody has answered yet.
    Open,
    /// Answered. The same offer may be answered again: by a further provisional response, by
    /// another branch of a fork, by the 2xx that repeats a provisional one.
    Answered,
}

impl Negotiation {
    /// A session that receives at `local`, which must be an address the peer can reach, not an
    /// unspecified one. `session_id` goes into `o=` (RFC 8866 §5.2) and should be drawn at random;
    /// `encodings` in order of preference, at least one.
    pub fn new(local: SocketAddr, session_id: u64, encodings: Vec<Encoding>) -> Self {
        debug_assert!(!encodings.is_empty(), "a session without sound");
        Self {
            local,
            heard_from: None,
            session_id,
            encodings,
            carried: Vec::new(),
            version: 0,
            said: Vec::new(),
            offer: OfferState::None,
            agreed: None,
            bound: PayloadTypes::default(),
            protection: Protection::OFF,
            presence: None,
            blocked: Arc::default(),
        }
    }

    /// The same session, secured as `policy` says with keys made of `material`.
    #[must_use]
    pub fn protected(mut self, policy: Secrecy, material: Material) -> Self {
        self.protection = Protection::new(policy, material);
        self
    }

    /// The same session, which takes offers of browsers too (RFC 5763): DTLS with the certificate of this
    /// fingerprint, names and passwords of ICE out of `random`. Their calls are always encrypted,
    /// whatever the policy says of keys in SDP. Called again for a session that moves to another
    /// certificate: [`Self::offer`] must follow.
    pub fn welcome_browsers(&mut self, fingerprint: Fingerprint, random: Random) {
        let offers = self.presence.as_ref().is_some_and(|p| p.offers);
        self.presence = Some(Presence::new(fingerprint, random, offers));
    }

    /// The peer is a browser: our own offers are for browsers, where they are welcome.
    pub fn address_browser(&mut self) {
        if let Some(presence) = &mut self.presence {
            presence.offers = true;
        }
    }

    /// The bodies of the peer come in messages from this address: it stands for the host name that a
    /// body may have in place of an address (RFC 8866 §5.7), and is where the voice of a peer behind an
    /// address translator comes from ([`Stream::heard_from`]). Until it is told, a body with a name is refused.
    pub const fn hear_from(&mut self, source: IpAddr) {
        self.heard_from = Some(source.to_canonical());
    }

    /// The same session, which is not agreed with peers that receive in one of these networks.
    #[must_use]
    pub fn avoiding(mut self, blocked: Arc<[Network]>) -> Self {
        self.blocked = blocked;
        self
    }

    /// Other keys of ours; [`Self::offer`] must follow, which tells them.
    pub fn renew_keys(&mut self, material: Material) {
        self.protection.renew(material);
    }

    /// Our offer: the first, in a 2xx to an INVITE without one, or a new one of a re-INVITE.
    /// `direction` is what we want, seen from us. [`Self::receive_answer`] must follow, or
    /// [`Self::withdraw`] when the offer was refused.
    pub fn offer(&mut self, direction: Direction) -> Bytes {
        let audio = OurLine::Audio(self.audio_to_offer(direction));
        let mut lines = self.said.clone();
        match lines.iter_mut().find(|line| line.audio().is_some()) {
            Some(line) => *line = audio,
            None => lines.push(audio),
        }
        self.offer = OfferState::Open;
        self.say(lines)
    }

    /// We receive at another address from here on; [`Self::offer`] must follow, which tells the peer
    /// (RFC 3264 §8.3.1).
    pub fn relocate(&mut self, local: SocketAddr) {
        if self.local != local {
            self.local = local;
            // What was said is the same but for the address: the version rises with it.
            self.version += 1;
        }
    }

    /// Our offer was refused or never answered: what was agreed before still holds (RFC 3264 §8).
    pub const fn withdraw(&mut self) {
        self.offer = OfferState::None;
    }

    /// From now on the session speaks these formats of somebody else's peer, best first, and none of
    /// ours: what comes in them is passed on to that peer unread. Empty: ours again. What is agreed
    /// stays until the next offer.
    pub fn carry(&mut self, formats: Vec<Carried>) {
        self.carried = formats;
    }

    /// The formats that are spoken here in place of ours; once agreed, the agreed one as the peer has
    /// spoken of it.
    pub fn carried(&self) -> &[Carried] {
        &self.carried
    }

    /// Takes an offer of the peer and returns our answer and what is agreed with it. `direction` is
    /// what we want at most, seen from us; the answer never goes beyond the offer (RFC 3264 §6.1).
    /// The format is the one in use if it is offered again, else the peer's favourite among ours.
    ///
    /// # Errors
    /// Nothing has changed then; [`Refused::status`] is the answer to the request.
    pub fn receive_offer(
        &mut self,
        body: &[u8],
        direction: Direction,
    ) -> Result<(Bytes, Stream), Refused> {
        if self.offer == OfferState::Open {
            return Err(Refused::Glare);
        }
        let lines = read(body)?;
        let Choice {
            index,
            target,
            format,
            security,
            crypto,
            browser,
        } = self.choose(&lines)?;
        let line = &lines[index];
        let mut stream = self.agree(line, target, format, direction);
        stream.security = security;
        let browser = browser.map(|(part, presence)| {
            self.presence = Some(presence);
            part
        });
        let audio = OurLine::Audio(Audio {
            proto: line.proto.clone(),
            formats: vec![(stream.payload_type.sent, format)],
            parameters: self.parameters_of(&[format]),
            telephone_events: stream
                .telephone_event
                .map(|pt| (pt.sent, stream.event_clock))
                .into_iter()
                .collect(),
            comfort_noise: stream.comfort_noise.map(|pt| pt.sent),
            cryptos: crypto.into_iter().collect(),
            shares_port: line.shares_port,
            browser,
            direction: stream.direction,
        });
        let mut answer: Vec<OurLine> = lines.iter().map(OurLine::refused).collect();
        answer[index] = audio;
        self.bound.extend(line.formats.bound);
        self.offer = OfferState::None;
        self.agreed = Some(stream.clone());
        Ok((self.say(answer), stream))
    }

    /// Takes an answer to our last offer. One offer may be answered more than once (early media,
    /// forks); the last answer counts.
    ///
    /// # Errors
    /// What was agreed before still holds. An answer cannot be refused by a status, so when the
    /// first agreement of a dialog fails here the dialog is ended.
    pub fn receive_answer(&mut self, body: &[u8]) -> Result<Stream, Refused> {
        if self.offer == OfferState::None {
            return Err(Refused::Mismatched("nothing was offered"));
        }
        let mut lines = read(body)?;
        if lines.len() > self.said.len() {
            return Err(Refused::Mismatched("more lines than the offer"));
        }
        let offered = self.said.iter().enumerate();
        let (index, audio) = offered
            .filter_map(|(n, line)| Some((n, line.audio()?)))
            .next()
            .expect("an offer of ours has an audio line");
        // Lines we had refused may be left out by careless peers; ours may not.
        let Some(line) = lines.get_mut(index) else {
            return Err(Refused::Mismatched("the audio line is missing"));
        };
        line.shares_port &= audio.shares_port;
        let is_for_browser = audio.browser.is_some();
        if is_for_browser != line.is_dtls_audio() || !(is_for_browser || line.is_audio()) {
            return Err(Refused::NoAudio);
        }
        let mut answered = self.known(line).into_iter();
        let format = answered.next().ok_or(Refused::NoCommonEncoding)?;
        let target = self.target_of(line)?;
        let mut stream = self.agree(line, target, format, audio.direction);
        audio.number(&mut stream);
        stream.security = match &audio.browser {
            Some(part) => Security::Dtls(Box::new(part.answered(line)?)),
            None => self.protection.answered(&audio.cryptos, line)?,
        };
        if let Format::Foreign(foreign) = format {
            // What this peer makes of it is what the other must hear.
            self.carried = line.formats.carried(foreign).cloned().into_iter().collect();
        }
        self.bound.extend(line.formats.bound);
        self.offer = OfferState::Answered;
        self.agreed = Some(stream.clone());
        Ok(stream)
    }

    /// What is agreed now; `None` before the first agreement.
    pub fn agreed(&self) -> Option<&Stream> {
        self.agreed.as_ref()
    }

    /// Where we receive.
    pub const fn local(&self) -> SocketAddr {
        self.local
    }

    /// The first line we can take, a secured one before a plain one; the reason of the line that came
    /// nearest otherwise.
    fn choose(&self, lines: &[Line]) -> Result<Choice, Refused> {
        let mut refused = match lines.iter().any(Line::is_browser_audio) {
            true => Refused::BrowserOnly,
            false => Refused::NoAudio,
        };
        let browsers = self.presence.is_some();
        let ours = |line: &Line| line.is_audio() || (browsers && line.is_dtls_audio());
        let mut plain = None;
        for (index, line) in lines.iter().enumerate().filter(|(_, l)| ours(l)) {
            match self.take(index, line) {
                Ok(choice) if choice.security != Security::Plain => return Ok(choice),
                Ok(choice) => plain = plain.or(Some(choice)),
                Err(reason) => refused = reason,
            }
        }
        plain.ok_or(refused)
    }

    /// What we can make of one line of audio.
    fn take(&self, index: usize, line: &Line) -> Result<Choice, Refused> {
        let (security, crypto, browser) = match &self.presence {
            Some(presence) if line.is_dtls_audio() => {
                let agreed = self.agreed.as_ref().map(|stream| &stream.security);
                let (peering, part, presence) = presence.answer(line, agreed)?;
                let security = Security::Dtls(Box::new(peering));
                (security, None, Some((part, presence)))
            }
            _ => {
                let (security, crypto) = self.protection.answer(line)?;
                (security, crypto, None)
            }
        };
        let format = self.common_format(line).ok_or(Refused::NoCommonEncoding)?;
        Ok(Choice {
            index,
            target: self.target_of(line)?,
            format,
            security,
            crypto,
            browser,
        })
    }

    /// Where a line wants its packets. A browser's address is the one it proves: what its SDP names is
    /// nothing yet (RFC 8839 §4.2.1.3).
    fn target_of(&self, line: &Line) -> Result<Target, Refused> {
        if line.is_dtls_audio() {
            return Ok(Target::At(self.nowhere(line.port)));
        }
        match line.target(self.local, self.heard_from)? {
            Target::At(at) if self.is_blocked(at.ip()) => Err(Refused::Blocked(at.ip())),
            target => Ok(target),
        }
    }

    /// The formats of a line that are spoken here, best of theirs first.
    fn known(&self, line: &Line) -> Vec<Format> {
        if self.carried.is_empty() {
            let theirs = line.formats.encodings.iter().map(|(_, e)| *e);
            let known = theirs.filter(|e| self.encodings.contains(e));
            return known.map(Format::Ours).collect();
        }
        let theirs = line.formats.carried.iter().map(|theirs| theirs.format);
        let known = theirs.filter(|f| self.carried.iter().any(|c| c.format == *f));
        known.map(Format::Foreign).collect()
    }

    fn common_format(&self, line: &Line) -> Option<Format> {
        let known = self.known(line);
        let current = self.agreed.as_ref().map(|stream| stream.format);
        let stays = known.iter().find(|f| Some(**f) == current);
        stays.or_else(|| known.first()).copied()
    }

    /// What is said of those formats that are only passed on, one after the other.
    fn parameters_of(&self, formats: &[Format]) -> Vec<Option<String>> {
        let carried = |format: &Format| match format {
            Format::Ours(_) => None,
            Format::Foreign(foreign) => self.carried.iter().find(|c| c.format == *foreign),
        };
        let carried = formats.iter().filter_map(carried);
        carried.map(|c| c.parameters.clone()).collect()
    }

    fn may_report_to(&self, ip: IpAddr) -> bool {
        !self.is_blocked(ip) && reach::is_reachable(ip, self.local.ip())
    }

    fn is_blocked(&self, ip: IpAddr) -> bool {
        self.blocked.iter().any(|network| network.contains(ip))
    }

    /// What a line of the peer means, at most `direction` of ours.
    fn agree(&self, line: &Line, target: Target, format: Format, direction: Direction) -> Stream {
        let formats = &line.formats;
        let payload_type = formats
            .payload_type_of(format)
            .expect("the format was chosen from this line");
        let wanted = direction.and(line.direction.reversed());
        let (remote, direction, control) = match target {
            Target::At(remote) => {
                let control = line.rtcp_target(remote);
                let control = control.filter(|control| self.may_report_to(control.ip()));
                (remote, wanted, control)
            }
            Target::Nowhere => (
                self.last_remote(line.port),
                wanted.and(Direction::RecvOnly),
                None,
            ),
        };
        let event = formats.telephone_event_of(format);
        Stream {
            remote,
            heard_from: self.heard_from.filter(|&ip| !self.is_blocked(ip)),
            control,
            format,
            payload_type: payload_type.into(),
            telephone_event: event.map(|(payload_type, _)| payload_type.into()),
            event_clock: event.map_or_else(|| format.clock_rate(), |(_, clock)| clock),
            comfort_noise: formats.comfort_noise.map(PayloadType::from),
            pauses: formats.pauses && format == Format::Ours(Encoding::Opus),
            direction,
            security: Security::Plain,
        }
    }

    /// While the peer is nowhere the stream keeps its last address; nothing is sent there.
    fn last_remote(&self, port: u16) -> SocketAddr {
        self.agreed
            .as_ref()
            .map_or_else(|| self.nowhere(port), |s| s.remote)
    }

    /// An address of nobody.
    fn nowhere(&self, port: u16) -> SocketAddr {
        let unspecified = match self.local {
            SocketAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
        };
        SocketAddr::new(unspecified, port)
    }

    /// The format in use first, then the others; every format under the number it has had.
    fn audio_to_offer(&mut self, direction: Direction) -> Audio {
        let spoken: Vec<Format> = match self.carried.is_empty() {
            true => self.encodings.iter().copied().map(Format::Ours).collect(),
            false => self
                .carried
                .iter()
                .map(|c| Format::Foreign(c.format))
                .collect(),
        };
        let current = self.agreed.as_ref().map(|stream| stream.format);
        let current = current.filter(|f| f.ours().is_some() == self.carried.is_empty());
        let wanted = current.into_iter().chain(spoken);
        let mut formats: Vec<(u8, Format)> = Vec::new();
        let mut telephone_events: Vec<(u8, u32)> = Vec::new();
        for format in wanted {
            if formats.iter().any(|(_, f)| *f == format) {
                continue;
            }
            let clock = format.clock_rate();
            let Some(payload_type) = self.number_of(format) else {
                continue;
            };
            formats.push((payload_type, format));
            if telephone_events.iter().all(|(_, c)| *c != clock)
                && let Some(payload_type) = self.event_number_of(clock)
            {
                telephone_events.push((payload_type, clock));
            }
        }
        let before = self.said.iter().find_map(OurLine::audio);
        let browser = match (&self.presence, before) {
            (Some(presence), None) if presence.offers => Some(presence.offer(None)),
            (Some(presence), Some(audio)) => {
                let before = audio.browser.as_ref();
                before.map(|before| presence.offer(Some(before)))
            }
            _ => None,
        };
        let profile = match self.protection.offers_plain() {
            _ if browser.is_some() => UDP_TLS_SAVPF,
            true => RTP_AVP,
            false => RTP_SAVP,
        };
        let security = self.agreed.as_ref().map(|stream| &stream.security);
        let cryptos = match browser {
            Some(_) => Vec::new(),
            None => self.protection.offer(security),
        };
        Audio {
            proto: before.map_or_else(|| profile.to_owned(), |a| a.proto.clone()),
            cryptos,
            parameters: self.parameters_of(&formats.iter().map(|(_, f)| *f).collect::<Vec<_>>()),
            formats,
            telephone_events,
            comfort_noise: before.and_then(|a| a.comfort_noise),
            shares_port: browser.is_some() || before.is_some_and(|a| a.shares_port),
            browser,
            direction,
        }
    }

    /// The payload type under which we offer a format; `None` when the peer has used up all.
    fn number_of(&mut self, format: Format) -> Option<u8> {
        let agreed = self.agreed.as_ref().filter(|s| s.format == format);
        let mut said = self.said.iter().filter_map(OurLine::audio);
        agreed
            .map(|s| s.payload_type.heard)
            .or_else(|| said.find_map(|a| a.payload_type_of(format)))
            .or_else(|| format.static_payload_type())
            .or_else(|| self.bound.take(self.usual_number(format)))
    }

    /// The number a format would have if nobody had bound it: that of the peer it comes from, else
    /// everybody's.
    fn usual_number(&self, format: Format) -> u8 {
        let Format::Foreign(foreign) = format else {
            return usual_payload_type(format);
        };
        let theirs = self.carried.iter().find(|c| c.format == foreign);
        theirs.map_or_else(|| usual_payload_type(format), |c| c.payload_type)
    }

    /// Likewise of the events of a clock.
    fn event_number_of(&mut self, clock: u32) -> Option<u8> {
        let agreed = self.agreed.as_ref();
        let agreed = agreed.filter(|s| s.event_clock == clock);
        let mut said = self.said.iter().filter_map(OurLine::audio);
        agreed
            .and_then(|s| s.telephone_event)
            .map(|pt| pt.heard)
            .or_else(|| said.find_map(|a| a.event_of(clock)))
            .or_else(|| self.bound.take(usual_telephone_event(clock)))
    }

    /// Writes a body; its version rises when it says something else than the last (RFC 3264 §8).
    fn say(&mut self, lines: Vec<OurLine>) -> Bytes {
        if self.said != lines {
            self.version += 1;
            self.said = lines;
        }
        write(self.local, self.session_id, self.version, &self.said)
    }
}
