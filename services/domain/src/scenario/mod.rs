//! Scenarios (假设情景): what a county's facts would be after changes that nobody has made.
//!
//! Changes are applied one after another. What is missing stays missing: adding to it or taking from it leaves it missing, never zero.

mod draft;
mod editor;
mod enrolment;
mod institutions;
mod merge;
mod split;
mod teachers;

use std::sync::Arc;

use crate::{
    code::SchoolCode,
    element::Element,
    facts::{CountyFacts, ItemValue, SchoolFacts},
    finding::Finding,
    quantity::Quantity,
    school::{School, SchoolType, Stage},
    standard::Standard,
};

use draft::Draft;
use editor::Editor;

/// A change, and where it stands.
#[derive(Debug, Clone)]
pub struct ChangeRow {
    /// Field path: `changes[2].move_teachers`. Faults name fields below it.
    pub path: String,
    /// The change.
    pub change: Change,
}

/// One change of a county's facts. Its values are such as their elements can have; reading them sees to that.
#[derive(Debug, Clone)]
pub enum Change {
    /// Sets an element of a school, or makes it missing.
    SetElement {
        /// The school.
        school: SchoolCode,
        /// The element.
        element: Element,
        /// Its value.
        value: Option<Quantity>,
    },
    /// Sets an operand of a county item as declared for the month, or makes it missing.
    SetItem {
        /// Item of the standard.
        item: String,
        /// Operand of the item.
        operand: String,
        /// Its value.
        value: Option<ItemValue>,
    },
    /// Merges schools into one.
    Merge(Merge),
    /// Splits a new school off a school.
    Split(Box<Split>),
    /// Opens a school.
    Open(Box<Open>),
    /// Closes a school with all that it has but its pupils.
    Close(Close),
    /// Moves teachers from school to school.
    MoveTeachers(MoveTeachers),
    /// Sets the pupils of a stage of a school, or makes them missing.
    SetPupils {
        /// The school.
        school: SchoolCode,
        /// The stage.
        stage: Stage,
        /// How many.
        pupils: Option<Quantity>,
    },
    /// Moves pupils of a stage from school to school.
    MovePupils {
        /// The school that they leave.
        from: SchoolCode,
        /// The school that they come to.
        to: SchoolCode,
        /// Their stage.
        stage: Stage,
        /// How many.
        pupils: Quantity,
    },
    /// A change that could not be read, with the schools that it names: later faults that may follow from it are not told.
    Unreadable {
        /// The schools.
        schools: Vec<SchoolCode>,
    },
}

/// Merges schools into one: sums add up, the largest class is the largest of theirs.
#[derive(Debug, Clone)]
pub struct Merge {
    /// The schools; two or more.
    pub schools: Vec<SchoolCode>,
    /// The result: one of them, or a code that the county does not have.
    pub into: SchoolCode,
    /// Name of the result; empty: as it was.
    pub name: String,
    /// Type of the result; `None`: theirs where they have one, else the ordinary type that teaches the stages of all.
    pub school_type: Option<SchoolType>,
}

/// Splits a new school off a school.
#[derive(Debug, Clone)]
pub struct Split {
    /// The school that is split.
    pub school: SchoolCode,
    /// The new school.
    pub new: School,
    /// What the new school gets, element by element.
    pub facts: SchoolFacts,
    /// Share of every element of the whole institution that `facts` leaves out, 0 to 1.
    pub share: Option<Quantity>,
    /// Type of what remains; `None`: as it was.
    pub remaining_type: Option<SchoolType>,
}

/// Opens a school.
#[derive(Debug, Clone)]
pub struct Open {
    /// The school.
    pub school: School,
    /// What it reports.
    pub facts: SchoolFacts,
}

/// Closes a school.
#[derive(Debug, Clone)]
pub struct Close {
    /// The school.
    pub school: SchoolCode,
    /// Where its pupils of compulsory stages go.
    pub pupils: Vec<PupilGroup>,
}

/// Pupils who go to another school or leave the county.
#[derive(Debug, Clone)]
pub struct PupilGroup {
    /// The school that takes them; `None`: they leave the county.
    pub to: Option<SchoolCode>,
    /// Their stage.
    pub stage: Stage,
    /// How many.
    pub pupils: Quantity,
}

/// Moves teachers of a stage from school to school.
#[derive(Debug, Clone)]
pub struct MoveTeachers {
    /// The school that they leave.
    pub from: SchoolCode,
    /// The school that they come to.
    pub to: SchoolCode,
    /// Their stage.
    pub stage: Stage,
    /// How many.
    pub teachers: Quantity,
    /// Of them so many of a part of the stage's teachers: above the degree, backbone … A part that is left out is not known.
    pub of_them: Vec<(Element, Quantity)>,
}

impl Change {
    /// The schools that it names.
    fn schools(&self) -> Vec<SchoolCode> {
        match self {
            Self::SetItem { .. } => vec![],
            Self::SetElement { school, .. } | Self::SetPupils { school, .. } => vec![school.clone()],
            Self::Merge(merge) => merge.schools.iter().chain([&merge.into]).cloned().collect(),
            Self::Split(split) => vec![split.school.clone(), split.new.code.clone()],
            Self::Open(open) => vec![open.school.code.clone()],
            Self::Close(close) => {
                close.pupils.iter().filter_map(|group| group.to.clone()).chain([close.school.clone()]).collect()
            }
            Self::MoveTeachers(MoveTeachers { from, to, .. }) | Self::MovePupils { from, to, .. } => {
                vec![from.clone(), to.clone()]
            }
            Self::Unreadable { schools } => schools.clone(),
        }
    }

    /// Of them those that the county has only after it.
    fn created(&self) -> Vec<SchoolCode> {
        match self {
            Self::Merge(merge) => vec![merge.into.clone()],
            Self::Split(split) => vec![split.new.code.clone()],
            Self::Open(_) | Self::Unreadable { .. } => self.schools(),
            _ => vec![],
        }
    }

    fn edit(&self, editor: &mut Editor<'_>) {
        match self {
            Self::SetElement { school, element, value } => editor.set_element(school, *element, *value),
            Self::SetItem { item, operand, value } => editor.set_item(item, operand, *value),
            Self::Merge(merge) => merge::edit(merge, editor),
            Self::Split(split) => split::edit(split, editor),
            Self::Open(open) => institutions::open(open, editor),
            Self::Close(close) => institutions::close(close, editor),
            Self::MoveTeachers(movement) => teachers::edit(movement, editor),
            Self::SetPupils { school, stage, pupils } => enrolment::set(school, *stage, *pupils, editor),
            Self::MovePupils { from, to, stage, pupils } => enrolment::move_pupils(from, to, *stage, *pupils, editor),
            Self::Unreadable { .. } => editor.give_up(),
        }
    }
}

/// Applies changes in order; schools, facts and items of the result are ordered by code and id.
///
/// The schools and items that the changes touch are held against the plain checks of a submission when all have been applied, so that a
/// later change may mend what an earlier one left; `standards` know the items.
///
/// # Errors
///
/// Every fault at once, each with the path of its change: of a change itself, or of what the changes lead to. A faulty change is left
/// out, and no fault is told that may follow from it.
pub fn apply(
    facts: &CountyFacts,
    changes: &[ChangeRow],
    standards: &[Arc<Standard>],
) -> Result<CountyFacts, Vec<Finding>> {
    let mut draft = Draft::of(facts);
    for row in changes {
        let mut editor = Editor::new(&draft, &row.path);
        row.change.edit(&mut editor);
        match editor.finish() {
            Ok(edits) => draft.commit(edits, &row.path),
            Err(faults) => draft.leave_out(row.change.schools(), row.change.created(), faults),
        }
    }
    draft.finish(standards)
}
