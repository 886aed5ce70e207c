//! Everything the tables of a tenant say, read and checked against one another.

use std::collections::BTreeMap;

use rappel_ivr::diagnostic::Place;
use rappel_ivr::{FlowFile, PromptTexts, Surroundings};
use rappel_model::callback::CallMe;
use rappel_model::campaign::{Campaign, RefuseAs};
use rappel_model::{CampaignName, LineName, PhoneNumber, TenantId};

use crate::check::Claim;
use crate::document::Document;
use crate::files::Files;
use crate::limits::Read as Limits;
use crate::lines::{Answer, Leads, Line, Read, flow_of, ring_and_refuse};
use crate::names::{Declared, Kind, Names};
use crate::outbound::Outbound;
use crate::problems::Problems;
use crate::queues::Beside;
use crate::settings::{FlowReference, Settings};
use crate::{
    calendars, call_me, campaigns, check, directories, follow, limits, lines, mailboxes, outbound,
    people, phones, queues, settings, texts,
};

/// What the tables say.
pub(crate) struct Tables<'d> {
    pub settings: Settings,
    pub around: Surroundings,
    pub lines: Vec<Read<'d>>,
    /// Lines that only a campaign, a list or a survey declares.
    pub unnamed: Vec<Line>,
    pub campaigns: BTreeMap<CampaignName, Campaign>,
    pub call_me: Vec<CallMe>,
    pub on_error: Option<FlowReference<'d>>,
    pub limits: Limits,
    pub prompts: PromptTexts,
    pub places: BTreeMap<String, Place>,
}

impl<'d> Tables<'d> {
    /// Reads all of them. `folders` are the tenant's and the shared one.
    pub(crate) fn read(
        tenant: &TenantId,
        documents: &'d [Document<'d>],
        folders: [&Files; 2],
        problems: &mut Problems,
    ) -> Self {
        let mut names = Names::collect(documents, problems);
        let company = settings::read(tenant, &mut names, problems);
        let mut around = company.around;
        around.spoken.voice = folders.iter().any(|folder| folder.has_voice());
        around.secrets = folders
            .iter()
            .flat_map(|folder| folder.secrets().iter().cloned())
            .collect();
        around.calendars = calendars::read(&names, &around.timezone, problems);
        let outbound = outbound::read(&mut names, &around.calendars, company.country, problems);
        around.office = phones::read(&mut names, company.country, problems);
        let keep = limits::read_keep(&mut names, problems);
        around.keep_recordings = keep.recordings;
        around.people = people::read(&names, problems);
        around.mailboxes = mailboxes::read(&names, &mut around.people, problems);
        let call_me = read_waiting(&names, &mut around, &outbound, problems);
        read_reached(&mut names, &mut around, &outbound, folders[0], problems);
        let campaigns = campaigns::read(&names, &around.languages, problems);
        let read = lines::read(&names, &around.languages, problems);
        around.lines = read.iter().map(|read| read.line.name.clone()).collect();
        let prompts = texts::read(&names, problems);
        texts::check_languages(&names, &around.languages, problems);
        texts::check_recordings(&names, &prompts, &around.languages, folders, problems);

        let claims = claims(&read, &campaigns, &around);
        let claims = claims.iter().filter_map(|claim| claim.at(&names));
        let claims: Vec<Claim<'_, '_>> = claims.collect();
        check::numbers(&claims, problems);
        let (number, place) = (company.number.as_ref(), company.number_at.as_ref());
        check::shown_number(number, place, &claims, problems);
        let unnamed = unnamed(&claims, &around);
        let declared: Vec<Line> = read.iter().map(|read| read.line.clone()).collect();
        check::extensions(&names, &declared, &around, problems);
        check::last_resort(&around, company.mailbox_at.as_ref(), problems);
        check::buttons(&names, &call_me, &around, problems);
        check::spoken(&names, &around, &prompts, problems);
        let limits = limits::read(&mut names, problems);
        Self {
            settings: Settings {
                title: company.title,
                number: company.number,
                domain: company.domain,
                outbound,
                limits: limits.limits,
                keep,
            },
            around,
            lines: read,
            unnamed,
            campaigns,
            call_me,
            on_error: company.on_error,
            limits,
            prompts,
            places: places(&names, company.place),
        }
    }

    /// Every flow that is named outside the flows.
    pub(crate) fn flow_names(&self) -> Vec<&'d str> {
        let lines = self.lines.iter().filter_map(|read| read.flow.as_ref());
        let named = lines.chain(&self.on_error);
        named.map(|reference| reference.flow.value).collect()
    }

    /// The flows of lines that ring and refuse.
    pub(crate) fn refusals(&self) -> Vec<FlowFile> {
        let languages = &self.around.languages;
        let campaigns = self.campaigns.values().map(|campaign| {
            let leads = Leads::Campaign(campaign.name.clone());
            (leads, campaign.ring, campaign.refuse_as)
        });
        let lists = self.around.lists.keys().map(|name| {
            let leads = Leads::List(name.clone(), true);
            (leads, LIST_RING, RefuseAs::Busy)
        });
        let surveys = self.around.surveys.values().map(|survey| {
            let leads = Leads::Survey(survey.name.clone(), 1);
            (leads, survey.ring, RefuseAs::Busy)
        });
        let all = campaigns.chain(lists).chain(surveys);
        all.map(|(leads, ring, refuse_as)| {
            let word = RefuseAs::WORDS.iter().find(|(_, each)| *each == refuse_as);
            let word = word.map_or("busy", |(word, _)| word);
            ring_and_refuse(flow_of(&leads), ring, word, languages)
        })
        .collect()
    }
}

/// Queues, and the buttons that ask for a call from one.
fn read_waiting(
    names: &Names<'_>,
    around: &mut Surroundings,
    outbound: &Outbound,
    problems: &mut Problems,
) -> Vec<CallMe> {
    let beside = Beside {
        calendars: &around.calendars,
        people: &around.people,
        outbound,
    };
    around.queues = queues::read(names, &beside, problems);
    let languages = &around.languages;
    around.lists = follow::read_lists(names, languages, outbound, problems);
    around.surveys = follow::read_surveys(names, languages, outbound, problems);
    call_me::read(names, &around.queues, languages, problems)
}

/// What flows look up, ask and send calls to.
fn read_reached(
    names: &mut Names<'_>,
    around: &mut Surroundings,
    outbound: &Outbound,
    files: &Files,
    problems: &mut Problems,
) {
    around.directories = directories::read(names, files, problems);
    around.destinations = directories::read_destinations(names, outbound, problems);
    around.http_allow = directories::read_http(names, problems);
    around.callback_defaults = limits::read_defaults(names, problems);
}

/// A number before its place is looked up.
struct Owner {
    kind: Kind,
    name: String,
    number: PhoneNumber,
    leads: Leads,
}

impl Owner {
    fn at<'c, 'd>(&'c self, names: &'c Names<'d>) -> Option<Claim<'c, 'd>> {
        Some(Claim {
            number: &self.number,
            declared: names.find(self.kind, &self.name)?,
            leads: &self.leads,
        })
    }
}

/// Every number of the tenant with what it leads to: lines first, so that a line's name is kept.
fn claims(
    read: &[Read<'_>],
    campaigns: &BTreeMap<CampaignName, Campaign>,
    around: &Surroundings,
) -> Vec<Owner> {
    let mut owners = Vec::new();
    let mut own = |kind, name: &str, number: &PhoneNumber, leads| {
        owners.push(Owner {
            kind,
            name: name.to_owned(),
            number: number.clone(),
            leads,
        });
    };
    for line in read.iter().map(|read| &read.line) {
        own(
            Kind::Line,
            line.name.as_str(),
            &line.number,
            line.leads.clone(),
        );
    }
    for (name, campaign) in campaigns {
        for line in &campaign.lines {
            let leads = Leads::Campaign(name.clone());
            own(Kind::Campaign, name.as_str(), &line.number, leads);
        }
    }
    for (name, list) in &around.lists {
        for (number, joins) in [(&list.join, true), (&list.leave, false)] {
            if let Some(number) = number {
                let leads = Leads::List(name.clone(), joins);
                own(Kind::List, name.as_str(), number, leads);
            }
        }
    }
    for (name, survey) in &around.surveys {
        for (index, answer) in survey.answers.iter().enumerate() {
            let leads = Leads::Survey(name.clone(), index + 1);
            own(Kind::Survey, name.as_str(), &answer.number, leads);
        }
    }
    owners
}

/// Lines of numbers that no `[line]` names.
fn unnamed(claims: &[Claim<'_, '_>], around: &Surroundings) -> Vec<Line> {
    let mut lines: BTreeMap<&PhoneNumber, Line> = BTreeMap::new();
    for claim in claims {
        let is_line = claim.declared.kind == Kind::Line;
        if is_line || lines.contains_key(claim.number) {
            continue;
        }
        let (kind, name) = (claim.declared.kind.word(), claim.declared.name);
        let count = 1 + lines.len();
        let line = Line {
            name: LineName::from(format!("{kind}/{name}/{count}")),
            number: claim.number.clone(),
            extension: None,
            flow: flow_of(claim.leads),
            leads: claim.leads.clone(),
            answer: Answer::Never,
            early: false,
            secrecy: None,
            language: around.languages[0].clone(),
        };
        lines.insert(claim.number, line);
    }
    let named = claims
        .iter()
        .filter(|claim| claim.declared.kind == Kind::Line);
    for claim in named {
        lines.remove(claim.number);
    }
    lines.into_values().collect()
}

/// Where what somebody may ask for later stands: `calendar.garage`, `line.principal`, `tenant`.
fn places(names: &Names<'_>, tenant: Option<Place>) -> BTreeMap<String, Place> {
    let kinds = [Kind::Calendar, Kind::Line].into_iter();
    let own = kinds.flat_map(|kind| names.of(kind).filter(|declared| !declared.shared));
    own.map(|d: &Declared<'_>| (format!("{}.{}", d.kind.word(), d.name), d.place()))
        .chain(tenant.map(|place| ("tenant".to_owned(), place)))
        .collect()
}

/// How long the lines of a list ring before they refuse.
const LIST_RING: std::time::Duration = std::time::Duration::from_secs(2);
