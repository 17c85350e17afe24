//! Merging schools.

use std::collections::BTreeSet;

use crate::{
    element::Element,
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
        let message = format!("合并的学校须为两所以上，且不能重复，现有{}所不同的学校", distinct.len());
        editor.fault("schools_to_merge", "school_codes", message, "请列出要合并的各所学校");
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
            let message = format!("合并成的学校{}是新学校，没有名称", change.into);
            editor.fault("school_name", "display_name", message, "请填写学校名称").school =
                Some(change.into.to_string());
        }
    }
    let Some(first) = merged.first() else { return };
    let school_type = change.school_type.or_else(|| derived(&merged));
    let Some(school_type) = school_type else {
        let remedy = "请在 school_type 中给出合并后的办学类型";
        editor.fault("type_derived", "school_type", "无法由各校学段推出合并后的办学类型".to_owned(), remedy);
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
            let (kind, title) = (school_type.title(), stage.title());
            let message = format!("合并后的{kind}没有{title}，而学校{}{}有", school.code, school.name);
            editor.fault("stage_of_type", "school_type", message, "请核对合并后的办学类型");
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
