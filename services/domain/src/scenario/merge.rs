//! Merging schools.

use std::collections::BTreeSet;

use crate::{
    element::Element,
    finding::Fault,
    quantity::Quantity,
    scenario::{
        Merge,
        editor::{Editor, applies, largest},
    },
    school::{School, SchoolType, Stage},
};

/// Merges schools into one of them, or into a new one.
pub(super) fn edit(change: &Merge, editor: &mut Editor<'_>) {
    let distinct: BTreeSet<_> = change.schools.iter().collect();
    if distinct.len() < change.schools.len() || distinct.len() < 2 {
        editor.fault("school_codes", Fault::SchoolsToMerge { count: distinct.len().into() });
    }
    let merged: Vec<&School> = change
        .schools
        .iter()
        .enumerate()
        .filter_map(|(index, code)| editor.school(code, &format!("school_codes[{index}]")))
        .collect();
    if !distinct.contains(&change.into) {
        editor.vacant(&change.into, "into");
        if change.name.is_empty() {
            let fault = Fault::SchoolNameMerged { school: (&change.into).into() };
            editor.fault("display_name", fault).school = Some(change.into.to_string());
        }
    }
    let Some(first) = merged.first() else { return };
    let school_type = change.school_type.or_else(|| derived(&merged));
    let Some(school_type) = school_type else {
        editor.fault("school_type", Fault::TypeDerived);
        return;
    };
    keep_stages(&merged, school_type, editor);
    for element in Element::all() {
        let value = merge(&merged, element, editor);
        editor.set(&change.into, element, value);
    }
    let kept = merged.iter().find(|school| school.code == change.into).unwrap_or(first);
    let name = if change.name.is_empty() { kept.name.clone() } else { change.name.clone() };
    editor.put(School { code: change.into.clone(), name, school_type, ..(*kept).clone() });
    for school in merged.iter().filter(|school| school.code != change.into) {
        editor.remove(school.code.clone());
    }
}

/// The type that they have in common, or the ordinary one that teaches the stages of all of them.
fn derived(schools: &[&School]) -> Option<SchoolType> {
    let types: BTreeSet<SchoolType> = schools.iter().map(|school| school.school_type).collect();
    if types.len() == 1 {
        return types.first().copied();
    }
    if types.iter().any(|school_type| !school_type.judged()) {
        return None;
    }
    let stages: BTreeSet<Stage> = types.iter().flat_map(|school_type| school_type.stages()).copied().collect();
    let code =
        match (stages.contains(&Stage::Primary), stages.contains(&Stage::Junior), stages.contains(&Stage::Senior)) {
            (true, false, false) => "211",
            (false, true, false) => "311",
            (true, true, false) => "312",
            (false, true, true) => "341",
            (true, true, true) => "345",
            (true, false, true) | (false, false, _) => return None,
        };
    code.parse().ok()
}

/// A stage that has pupils, or may have, must be taught by the result.
fn keep_stages(schools: &[&School], school_type: SchoolType, editor: &mut Editor<'_>) {
    for stage in [Stage::Primary, Stage::Junior, Stage::Senior] {
        let pupils = Element::pupils(stage);
        let taught = |school: &&&School| {
            school.school_type.stages().contains(&stage) && editor.value(&school.code, pupils) != Some(Quantity::ZERO)
        };
        if let Some(school) = schools.iter().find(taught).filter(|_| !school_type.admits(stage)) {
            let (code, name) = ((&school.code).into(), (&school.name).into());
            let kind = school_type.into();
            let fault = Fault::StageOfTypeMerged { school: code, name, kind, stage: stage.into() };
            editor.fault("school_type", fault);
        }
    }
}

/// What the schools have together; missing as soon as one that it applies to did not report it.
fn merge(schools: &[&School], element: Element, editor: &mut Editor<'_>) -> Option<Quantity> {
    let values = schools.iter().map(|school| (school, editor.value(&school.code, element)));
    let counted = values.filter(|(school, value)| value.is_some() || applies(element, school.school_type));
    let values: Vec<Quantity> = counted.map(|(_, value)| value).collect::<Option<_>>()?;
    if largest(element) {
        values.into_iter().max()
    } else if values.is_empty() {
        None
    } else {
        editor.sum(element, values, "school_codes")
    }
}
