//! Counties in two provinces, with verdicts of every kind, for what looks at many counties at once.

use junheng_proto::ingest::v1::Region;

use crate::{County, Suite};

/// The month that they report.
pub const MONTH: &str = "2024-12";

/// The counties, by code, each with what makes it different:
///
/// | county | parent | what it is |
/// | --- | --- | --- |
/// | 210901 | 210900 | met; it reports November, too |
/// | 210922 | 210900 | Zhangwu: not met |
/// | 210971 | 211000, not what its code says | every unit met, L2 of primary beyond its limit: not met |
/// | 211001 | 211000 | without county items: undetermined |
/// | 211002 | 211000 | the county at the edges: not met, units undetermined |
/// | 211003 | 211000 | reports October and November, not December |
/// | 219001 | 210000, not what its code says | never reports |
/// | 220101 | 220100 in another province | met |
#[must_use]
pub fn counties() -> Vec<County> {
    let mut beyond = met("210971", "33");
    beyond.facts[0].backbone_teachers_primary = Some(50);
    "regions/211000".clone_into(&mut beyond.regions[2].parent);
    beyond.regions.push(region("211000", "辽阳市"));
    let mut open = met("211001", "34");
    open.items.clear();
    let mut direct = met("219001", "37");
    direct.regions.remove(1);
    "regions/210000".clone_into(&mut direct.regions[1].parent);
    vec![
        met("210901", "31"),
        moved(County::zhangwu(), "210922"),
        beyond,
        open,
        moved(County::edge(), "211002"),
        met("211003", "36"),
        direct,
        met("220101", "38"),
    ]
}

/// Registers them all, reports what they report, and waits until everything is evaluated.
pub async fn report(suite: &Suite, counties: &[County]) {
    let mut reported = vec![];
    for county in counties {
        suite.register(county).await;
        let months: &[&str] = match &county.region["regions/".len()..] {
            "210901" => &["2024-11", MONTH],
            "211003" => &["2024-10", "2024-11"],
            "219001" => &[],
            _ => &[MONTH],
        };
        for month in months {
            let receipt = suite.accepted(county.submission_for(month, month)).await;
            reported.push((&county.region, *month, receipt));
        }
    }
    for (region, month, receipt) in &reported {
        suite.stored(region, month, receipt).await;
    }
}

fn met(code: &str, serial: &str) -> County {
    moved(County::met_at(code, serial), code)
}

/// The county in another place, with the regions above it named alike wherever they stand.
fn moved(mut county: County, code: &str) -> County {
    let own = county.regions.pop().unwrap();
    let (province, city) = (format!("{}0000", &code[..2]), format!("{}00", &code[..4]));
    let names =
        [("210000", "辽宁省"), ("210900", "阜新市"), ("211000", "辽阳市"), ("220000", "吉林省"), ("220100", "长春市")];
    let name = |code: &str| names.iter().find(|(own, _)| *own == code).map_or("市", |(_, name)| name);
    county.regions = vec![region(&province, name(&province)), region(&city, name(&city))];
    county.regions.push(Region { name: format!("regions/{code}"), ..own });
    county.region = format!("regions/{code}");
    for school in &mut county.schools {
        let serial = school.name.rsplit('/').next().unwrap();
        school.name = format!("regions/{code}/schools/{serial}");
    }
    county
}

fn region(code: &str, name: &str) -> Region {
    Region { name: format!("regions/{code}"), display_name: name.to_owned(), ..Region::default() }
}
