//! Files of county months, made into requests.

use std::{collections::BTreeMap, path::Path};

use junheng_domain::{
    checks::{check_facts, check_items, check_school_rows},
    code::{Month, RegionCode},
    element::{Element, Kind},
    facts::SchoolFacts,
    finding::{Fault, Finding, error_count},
    standard::Standard,
};
use junheng_ingest::file::{looks_like_items, read_items, read_schools};
use junheng_proto::ingest::v1::SubmitMonthRequest;
use junheng_wire::{facts, item, name};

use crate::{failure::Failure, files::File, offline};

/// One county's month, ready to be sent where no finding is an error.
#[derive(Debug)]
pub(crate) struct CountyMonth {
    /// What is sent.
    pub(crate) request: SubmitMonthRequest,
    /// Place of each row of schools in its file.
    pub(crate) school_rows: Vec<String>,
    /// Place of each operand of county items in its file.
    pub(crate) item_rows: Vec<String>,
    /// Faults that keep a file from being read; the rest is for the service to find.
    pub(crate) findings: Vec<Finding>,
    /// Whether there is a table of schools.
    pub(crate) with_schools: bool,
}

/// Gathers files by county and month: as the flags say, or as the names `<county>-<month>-….csv` say.
pub(crate) fn gather(
    files: &[File],
    county: Option<&RegionCode>,
    month: Option<Month>,
) -> Result<Vec<CountyMonth>, Failure> {
    let mut faults = Vec::new();
    let mut months: BTreeMap<(RegionCode, Month), Vec<&File>> = BTreeMap::new();
    for file in files {
        let (named_county, named_month) = named(&file.path);
        if county.zip(named_county.as_ref()).is_some_and(|(a, b)| a != b)
            || month.zip(named_month).is_some_and(|(a, b)| a != b)
        {
            faults.push(format!("文件 {} 的名称与 --county、--month 不一致", file.name()));
            continue;
        }
        match (county.cloned().or(named_county), month.or(named_month)) {
            (Some(county), Some(month)) => months.entry((county, month)).or_default().push(file),
            _ => faults.push(format!(
                "无法确定文件 {} 属于哪个县、哪个月：请给出 --county 和 --month，或将文件命名为 210922-2024-12-学校.csv",
                file.name()
            )),
        }
    }
    if !faults.is_empty() {
        return Err(Failure::Usage(faults.join("\n")));
    }
    Ok(months.into_iter().map(|((county, month), files)| read(&county, month, &files)).collect())
}

/// The county and month that a file is named after.
fn named(path: &Path) -> (Option<RegionCode>, Option<Month>) {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let mut parts = stem.splitn(4, '-');
    let county = parts.next().and_then(|code| code.parse().ok());
    let month = parts.next().zip(parts.next()).and_then(|(year, month)| format!("{year}-{month}").parse().ok());
    if county.is_some() && month.is_some() { (county, month) } else { (None, None) }
}

fn read(county: &RegionCode, month: Month, files: &[&File]) -> CountyMonth {
    let mut gathered = CountyMonth {
        request: SubmitMonthRequest {
            region: name::region(county),
            month: month.to_string(),
            ..SubmitMonthRequest::default()
        },
        school_rows: vec![],
        item_rows: vec![],
        findings: vec![],
        with_schools: false,
    };
    let (mut registered, mut school_facts, mut county_items) = (vec![], vec![], vec![]);
    for file in files {
        if looks_like_items(&file.bytes) {
            let (rows, findings) = read_items(&file.name(), &file.bytes);
            gathered.findings.extend(findings);
            for row in rows {
                gathered.request.items.push(item::encode(&row.item));
                gathered.item_rows.push(row.path.clone());
                county_items.push(row);
            }
        } else {
            gathered.with_schools = true;
            let schools = read_schools(&file.name(), &file.bytes);
            gathered.findings.extend(schools.findings);
            // A row without a readable code could not even be sent; other attributes are the registry's.
            let unreadable = check_school_rows(&schools.registry).1;
            gathered.findings.extend(unreadable.into_iter().filter(|finding| finding.rule == "school_code"));
            for row in schools.facts {
                gathered.findings.extend(too_large(&row.facts, &row.path));
                gathered.request.schools.push(facts::encode(&row.facts));
                gathered.school_rows.push(row.path.clone());
                school_facts.push(row);
            }
            registered.extend(schools.registry);
        }
    }
    if error_count(&gathered.findings) > 0 {
        // It will not be sent: what the service would find beside is told now, as far as it needs no registry.
        let registry = offline::registry_of(&check_school_rows(&registered).0, &registered);
        gathered.findings.extend(check_facts(&school_facts, &registry, month));
        gathered.findings.extend(
            Standard::national().map_or_else(|_| vec![], |standards| check_items(&county_items, standards, month)),
        );
    }
    gathered
}

/// Counts that the wire cannot hold; they would arrive as missing.
fn too_large<'a>(facts: &'a SchoolFacts, path: &'a str) -> impl Iterator<Item = Finding> + 'a {
    Element::all().filter(|element| element.definition().kind == Kind::Count).filter_map(move |element| {
        let number = facts.get(element)?.as_whole()?;
        let finding = || {
            Finding::of(Fault::NumberRange { what: element.into() }, format!("{path}.{}", element.id()))
                .of_school(&facts.school)
                .of_element(element.id())
                .found(number.to_string())
        };
        u32::try_from(number).is_err().then(finding)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> File {
        File { path: name.into(), bytes: text.into() }
    }

    #[test]
    fn files_are_gathered_by_the_county_and_month_of_their_names() {
        let files = [
            file("a/210922-2024-12-schools.csv", "school_code,pupils_primary\n2121000001,0\n2121000002,\n"),
            file("a/210922-2024-12-items.csv", "item,operand,value\nG1,declared_met,true\n"),
            file("a/210921-2024-12.csv", "school_code,books\n2121000009,5000000000\nx,1\n"),
        ];

        let months = gather(&files, None, None).unwrap();

        assert_eq!(months.len(), 2);
        let (bad, good) = (&months[0], &months[1]);
        assert_eq!((good.request.region.as_str(), good.request.month.as_str()), ("regions/210922", "2024-12"));
        assert_eq!((good.request.schools.len(), good.request.items.len(), good.findings.len()), (2, 1, 0));
        assert_eq!(good.request.schools[0].pupils_primary, Some(0));
        assert_eq!(good.request.schools[1].pupils_primary, None);
        assert_eq!(good.school_rows, ["a/210922-2024-12-schools.csv:2", "a/210922-2024-12-schools.csv:3"]);
        let rules: Vec<_> = bad.findings.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(rules, ["school_code", "number_range"]);
    }

    #[test]
    fn a_file_that_belongs_nowhere_or_elsewhere_is_not_sent() {
        let county: RegionCode = "210922".parse().unwrap();

        assert!(gather(&[file("s.csv", "")], Some(&county), None).is_err());
        assert!(gather(&[file("210921-2024-12-s.csv", "")], Some(&county), None).is_err());
        assert!(gather(&[file("210922-2024-s.csv", "")], None, None).is_err());
    }
}
