//! What a configuration folder and a store say that a diagnosis wants to know.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use rappel_sight::known::{KnownLine, KnownMedia, KnownUser};
use rappel_sight::{Known, Trace};

use super::place::{self, Place};
use crate::config::engine::Engine;
use crate::config::secrets::Secrets;
use crate::config::sip::Address;
use crate::config::tenant_files::Folder;

impl Place {
    /// What is known of the engine that this place belongs to; nothing where there is no
    /// `rappel.toml`. Companies whose files are refused are left out: `rappel check` tells of them.
    pub(super) fn known(&self, trace: &Trace) -> Result<Known, String> {
        if !self.has_engine() {
            return Ok(Known::default());
        }
        let engine = self.engine()?;
        let mut known = Known {
            is_there: true,
            realms: vec![engine.engine.realm.clone()],
            addresses: addresses(&engine),
            trunks: engine
                .carriers(&Secrets::read(self.config()).map_err(|why| why.en)?)
                .unwrap_or_default()
                .0,
            ..Known::default()
        };
        if self.tenants().is_some() {
            let folder = Folder::read(self.config())?;
            for tenant in folder.tenants() {
                let Ok(version) = folder.load(tenant) else {
                    continue;
                };
                let persons = version.surroundings.people.persons.values();
                for person in persons.clone() {
                    let number = person.extension.clone();
                    let phones = person.phones.iter();
                    let phones = phones.zip(number.into_iter().cycle());
                    known
                        .phones
                        .extend(phones.map(|(user, number)| (number, user.to_string())));
                }
                let office = version.surroundings.office.clone();
                known.offices.insert(version.tenant.clone(), office);
                known.extensions.extend(persons.filter_map(|person| {
                    Some((version.tenant.clone(), person.extension.clone()?))
                }));
                known
                    .lines
                    .extend(version.lines.iter().map(|line| KnownLine {
                        tenant: version.tenant.clone(),
                        name: line.name.to_string(),
                        number: line.number.as_str().to_owned(),
                        extension: line.extension.clone(),
                    }));
            }
        }
        if self.folder()?.database().exists() {
            place::run(self.add_stored(trace, &mut known))?;
        }
        Ok(known)
    }

    /// Users, and the packets of the calls in the trace.
    async fn add_stored(&self, trace: &Trace, known: &mut Known) -> Result<(), String> {
        let database = self.open_existing().await?;
        let users = database.users().await.map_err(|e| e.to_string())?;
        known.users = users
            .into_iter()
            .map(|user| KnownUser {
                old_phone: user.ha1.len() == 1,
                tenant: user.tenant,
                name: user.name.to_string(),
            })
            .collect();
        let mut media = BTreeMap::new();
        let mut last = None;
        for (call, ..) in trace.legs.iter().rev().take(MAX_LEGS) {
            if last.replace(*call) == Some(*call) {
                continue;
            }
            // A call that is still up has no record yet.
            let Some(record) = database.call(*call).await.map_err(|e| e.to_string())? else {
                continue;
            };
            for leg in record.legs {
                if let Some(packets) = leg.media {
                    let packets = KnownMedia {
                        received: packets.received,
                        sent: packets.sent,
                        unread: packets.unread,
                    };
                    media.insert((*call, leg.leg), packets);
                }
            }
        }
        known.media = media;
        Ok(())
    }
}

/// Where the engine answers, as peers see it.
fn addresses(engine: &Engine) -> Vec<SocketAddr> {
    let own = engine.sip.address.resolve();
    let shown = engine.sip.advertise.into_iter();
    let first = shown.chain([own]);
    let first = first.map(|ip| SocketAddr::new(ip, engine.sip.port));
    let further = engine.sip.listener.iter().flat_map(|listener| {
        let own = listener.address.map_or(own, Address::resolve);
        let all = listener.advertise.into_iter().chain([own]);
        all.filter_map(|ip| Some(SocketAddr::new(ip, listener.port?)))
    });
    first.chain(further).collect()
}

/// Most legs whose packets are looked up.
const MAX_LEGS: usize = 2_000;
