//! What happens to schools, on a day.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Attributes, Contradiction, SchoolHistory};
use crate::{
    code::{RegionCode, SchoolCode},
    school::{Group, School, SchoolType},
};

/// Something that happened to a school on a day, from which on it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolEvent {
    /// The school.
    pub school: SchoolCode,
    /// The first day on which it holds.
    pub day: Date,
    /// The document that says so (批准文号); empty when none is named.
    pub document: String,
    /// What happened.
    pub change: Change,
}

/// What happened to a school.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It opened (开办), or opened again, as this.
    Opened(Attributes),
    /// It has another name (更名).
    Renamed(String),
    /// It became another type (变更办学类型).
    Retyped(SchoolType),
    /// It is classed otherwise: organiser type and urban-rural code, each as it is from then on; `None`: not known.
    Reclassified {
        /// Organiser type.
        organiser_type: Option<u8>,
        /// Urban-rural code.
        urban_rural_code: Option<String>,
    },
    /// It joined an education group (加入教育集团), or is something else to its own.
    JoinedGroup(Group),
    /// It left its education group (退出教育集团).
    LeftGroup,
    /// It was split (分立) into these schools, which are open from then on; where it is one of them it goes on, else it closes.
    Split(Vec<SchoolCode>),
    /// It was merged (并入) into another school of the county and closed.
    Merged(SchoolCode),
    /// It moved to another county (划转), where it is open from then on, and closed here.
    MovedTo(RegionCode),
    /// It moved here from another county.
    MovedFrom(RegionCode),
    /// It closed (撤销).
    Closed,
}

impl Change {
    /// The id of the kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Opened(_) => "opened",
            Self::Renamed(_) => "renamed",
            Self::Retyped(_) => "retyped",
            Self::Reclassified { .. } => "reclassified",
            Self::JoinedGroup(_) => "joined_group",
            Self::LeftGroup => "left_group",
            Self::Split(_) => "split",
            Self::Merged(_) => "merged",
            Self::MovedTo(_) => "moved_to",
            Self::MovedFrom(_) => "moved_from",
            Self::Closed => "closed",
        }
    }

    /// The place among what happens on one day: schools open first, then change, then close.
    const fn rank(&self) -> u8 {
        match self {
            Self::Opened(_) | Self::MovedFrom(_) => 0,
            Self::Split(_) | Self::Merged(_) | Self::MovedTo(_) | Self::Closed => 2,
            _ => 1,
        }
    }
}

impl SchoolHistory {
    /// The changes that make the school, as it is on a day, what `wanted` says; none where it is so already.
    #[must_use]
    pub fn changes_to(&self, wanted: &School, day: Date) -> Vec<Change> {
        let (held, wanted) = (Attributes::from(&self.at(day)), Attributes::from(wanted));
        let mut changes = Vec::new();
        if held.name != wanted.name {
            changes.push(Change::Renamed(wanted.name));
        }
        if held.school_type != wanted.school_type {
            changes.push(Change::Retyped(wanted.school_type));
        }
        let classed = |of: &Attributes| (of.organiser_type, of.urban_rural_code.clone());
        if classed(&held) != (wanted.organiser_type, wanted.urban_rural_code.clone()) {
            let Attributes { organiser_type, urban_rural_code, .. } = wanted;
            changes.push(Change::Reclassified { organiser_type, urban_rural_code });
        }
        if held.group != wanted.group {
            changes.push(wanted.group.map_or(Change::LeftGroup, Change::JoinedGroup));
        }
        changes
    }

    /// Whether the history bears an event of the school out; one that a later correction contradicts no longer stands.
    #[must_use]
    pub fn bears_out(&self, event: &SchoolEvent) -> bool {
        let day = event.day;
        let on = self.on(day);
        let ends = || self.periods().iter().any(|one| one.to == Some(day)) && on.is_none();
        match &event.change {
            Change::Opened(_) | Change::MovedFrom(_) => self.periods().iter().any(|one| one.from == Some(day)),
            Change::Renamed(name) => on.is_some_and(|school| school.name == *name),
            Change::Retyped(school_type) => on.is_some_and(|school| school.school_type == *school_type),
            Change::Reclassified { organiser_type, urban_rural_code } => on.is_some_and(|school| {
                school.organiser_type == *organiser_type && school.urban_rural_code == *urban_rural_code
            }),
            Change::JoinedGroup(group) => on.is_some_and(|school| school.group.as_ref() == Some(group)),
            Change::LeftGroup => on.is_some_and(|school| school.group.is_none()),
            Change::Split(parts) if parts.contains(&event.school) => on.is_some(),
            Change::Split(_) | Change::Merged(_) | Change::MovedTo(_) | Change::Closed => ends(),
        }
    }
}

/// Records events of a county's schools in their histories, in the order of their days; on one day schools open first, then
/// change, then close. Gives what contradicts the registry, by the place of the event; such an event changes nothing.
pub fn record(
    histories: &mut BTreeMap<SchoolCode, SchoolHistory>,
    events: &[SchoolEvent],
) -> Vec<(usize, Contradiction)> {
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.sort_by_key(|place| (events[*place].day, events[*place].change.rank()));
    let mut contradictions: Vec<_> = order
        .into_iter()
        .filter_map(|place| apply(histories, &events[place]).err().map(|contradiction| (place, contradiction)))
        .collect();
    contradictions.sort_by_key(|(place, _)| *place);
    contradictions
}

fn apply(
    histories: &mut BTreeMap<SchoolCode, SchoolHistory>,
    SchoolEvent { school, day, change, .. }: &SchoolEvent,
) -> Result<(), Contradiction> {
    let day = *day;
    if let Change::Opened(attributes) = change {
        return open(histories, school, day, attributes);
    }
    match change {
        Change::Split(parts) => check_parts(histories, day, parts)?,
        Change::Merged(into) => {
            if into == school {
                return Err(Contradiction::Itself);
            }
            check_open(histories, day, into)?;
        }
        Change::MovedTo(_) if day.day() != 1 => return Err(Contradiction::NotFirstOfMonth),
        _ => {}
    }
    let history = histories.get_mut(school).ok_or_else(|| Contradiction::Unknown(school.clone()))?;
    match change {
        Change::Renamed(name) => history.set(day, |of| &mut of.name, name),
        Change::Retyped(school_type) => history.set(day, |of| &mut of.school_type, school_type),
        Change::Reclassified { organiser_type, urban_rural_code } => {
            let organiser = history.set(day, |of| &mut of.organiser_type, organiser_type);
            let code = history.set(day, |of| &mut of.urban_rural_code, urban_rural_code);
            organiser.or(code)
        }
        Change::JoinedGroup(group) => history.set(day, |of| &mut of.group, &Some(group.clone())),
        Change::LeftGroup => match history.set(day, |of| &mut of.group, &None) {
            Err(Contradiction::Unchanged) => Err(Contradiction::NoGroup),
            other => other,
        },
        Change::Split(parts) if parts.contains(school) => check_open(histories, day, school),
        Change::Split(_) | Change::Merged(_) | Change::MovedTo(_) | Change::Closed => history.close(day),
        // The first was told apart; the second follows from the other county's event and is no change of its own.
        Change::Opened(_) | Change::MovedFrom(_) => Ok(()),
    }
}

/// Opens a school of a county, or opens it again; one that is not in the registry is from then on.
///
/// # Errors
///
/// [`Contradiction::AlreadyOpen`] when it is open on the day or later.
pub fn open(
    histories: &mut BTreeMap<SchoolCode, SchoolHistory>,
    school: &SchoolCode,
    day: Date,
    attributes: &Attributes,
) -> Result<(), Contradiction> {
    if let Some(history) = histories.get_mut(school) {
        return history.open(day, attributes.clone());
    }
    let period = super::Period { from: Some(day), to: None, attributes: attributes.clone() };
    histories.insert(school.clone(), SchoolHistory { code: school.clone(), periods: vec![period] });
    Ok(())
}

fn check_parts(
    histories: &BTreeMap<SchoolCode, SchoolHistory>,
    day: Date,
    parts: &[SchoolCode],
) -> Result<(), Contradiction> {
    let twice = parts.iter().enumerate().any(|(place, part)| parts[..place].contains(part));
    if parts.len() < 2 || twice {
        return Err(Contradiction::Parts);
    }
    parts.iter().try_for_each(|part| check_open(histories, day, part))
}

fn check_open(
    histories: &BTreeMap<SchoolCode, SchoolHistory>,
    day: Date,
    school: &SchoolCode,
) -> Result<(), Contradiction> {
    let history = histories.get(school).ok_or_else(|| Contradiction::Unknown(school.clone()))?;
    history.on(day).map(|_| ()).ok_or_else(|| Contradiction::NotOpen(school.clone()))
}
