//! `junheng acknowledge`: says why warnings of a held submission are no faults, so that it counts.

use junheng_client::{Client, Outcome, Submitted};
use junheng_proto::ingest::v1::{
    AcknowledgeSubmissionRequest, Acknowledgement, Finding, FindingGroup, GetSubmissionRequest, Held, Severity,
};

use crate::{args, failure::Failure, findings::Findings, output, push, request_id, server};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng acknowledge regions/210922/submissions/2024-12.3 --acknowledge 'school_left_out=该校停办，手续办理中'
  junheng acknowledge regions/210922/submissions/2024-12.3 --acknowledge 'school_left_out:2121000001=该校停办'   只确认一所学校的警告
  junheng acknowledge regions/210922/submissions/2024-12.3 --acknowledge-all '均已逐条核实'

确认时重新校验（登记可能已变动）：全部警告均已确认的，成为该月新的一版；仍有未确认的，继续待确认；有错误的，退回。
理由随数据保存。待确认期间该月另有新版本的，须重新报送。";

/// Arguments of `junheng acknowledge`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(help = "待确认的报送，如 regions/210922/submissions/2024-12.3")]
    name: String,
    #[command(flatten)]
    reasons: Reasons,
    #[arg(long, value_name = "ID", value_parser = args::request_id, help = "请求编号，1 至 64 个字母、数字、. _ -；不给出时自动生成")]
    request_id: Option<String>,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
}

/// Acknowledgements on the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct Reasons {
    #[arg(
        long = "acknowledge",
        value_name = "RULE[:SCHOOL]=REASON",
        value_parser = acknowledgement,
        help = "确认一条规则的警告（可只限一所学校）并说明理由；可多次给出"
    )]
    pub(crate) acknowledgements: Vec<Acknowledgement>,
    #[arg(long = "acknowledge-all", value_name = "REASON", help = "确认全部警告并说明理由")]
    pub(crate) all: Option<String>,
}

/// Acknowledges and tells what became of the submission.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let client = server::connect(&args.server).await?;
    let mut acknowledgements = args.reasons.acknowledgements;
    if let Some(reason) = &args.reasons.all {
        let asked = GetSubmissionRequest { name: args.name.clone() };
        let held = client.get_submission(asked).await?.submission.unwrap_or_default();
        let warnings = held.finding_groups.iter().filter(|group| group.severity() == Severity::Warning);
        acknowledgements.extend(of_rules(warnings.map(|group| group.rule.clone()), reason));
    }
    if acknowledgements.is_empty() {
        return Err(Failure::Usage("请给出 --acknowledge 或 --acknowledge-all".to_owned()));
    }
    let request_id = request_id::or_new(args.request_id);
    let request = AcknowledgeSubmissionRequest {
        name: args.name.clone(),
        acknowledgements: acknowledgements.clone(),
        request_id: request_id.clone(),
    };
    let outcome = client.acknowledge_submission(request).await;
    match outcome.inspect_err(|error| request_id::advise(error, &request_id))? {
        Outcome::Accepted(receipt) => {
            output::print(&push::accepted(&receipt))?;
            tell_unmatched(&acknowledgements, &receipt.findings, &receipt.finding_groups);
            if let Some(text) = Findings::new(&receipt.findings, &receipt.finding_groups).settled() {
                output::tell(&text);
            }
            Ok(())
        }
        Outcome::Refused(refusal) => {
            tell_unmatched(&acknowledgements, &refusal.findings, &refusal.finding_groups);
            output::tell(&format!("{} 重新校验未通过，已退回；更正数据或学校登记后，请重新报送", args.name));
            Findings::new(&refusal.findings, &refusal.finding_groups).tell();
            Err(Failure::Told)
        }
        Outcome::Held(held) => {
            output::tell(&advice(&held));
            tell_unmatched(&acknowledgements, &held.findings, &held.finding_groups);
            let asked = GetSubmissionRequest { name: args.name };
            let given = client.get_submission(asked).await?.submission.unwrap_or_default().acknowledgements;
            Findings::new(&held.findings, &still_open(&held, &given)).tell();
            Err(Failure::Told)
        }
    }
}

/// Tells what was acknowledged and is no warning of the submission.
pub(crate) fn tell_unmatched(given: &[Acknowledgement], findings: &[Finding], groups: &[FindingGroup]) {
    for one in given.iter().filter(|one| !matches(one, findings, groups)) {
        let school = Some(&one.school_code).filter(|code| !code.is_empty());
        let school = school.map(|code| format!("（学校{code}）")).unwrap_or_default();
        output::tell(&format!("没有这样的警告：{}{school}", one.rule));
    }
}

/// Whether there is such a warning; where not all findings are told one by one, one of a school that may be is taken for one.
fn matches(given: &Acknowledgement, findings: &[Finding], groups: &[FindingGroup]) -> bool {
    let warnings = || groups.iter().filter(|group| group.severity() == Severity::Warning && group.rule == given.rule);
    if given.school_code.is_empty() {
        return warnings().next().is_some();
    }
    let of_rule = || findings.iter().filter(|finding| finding.rule == given.rule);
    let told = u32::try_from(of_rule().count()).unwrap_or(u32::MAX);
    of_rule().any(|finding| finding.school_code == given.school_code)
        || warnings().filter_map(|group| group.count).sum::<u32>() > told
}

/// The groups of what nobody acknowledged yet.
fn still_open(held: &Held, given: &[Acknowledgement]) -> Vec<FindingGroup> {
    let mut groups: Vec<_> =
        held.finding_groups.iter().filter(|group| held.rules.contains(&group.rule)).cloned().collect();
    for group in &mut groups {
        let schools: Vec<&str> =
            given.iter().filter(|given| given.rule == group.rule).map(|given| given.school_code.as_str()).collect();
        let examples = group.examples.len();
        group.examples.retain(|example| !schools.contains(&example.school_code.as_str()));
        let settled = u32::try_from(examples - group.examples.len()).unwrap_or_default();
        group.count = group.count.map(|count| count.saturating_sub(settled));
    }
    groups.retain(|group| group.count != Some(0));
    groups
}

/// Acknowledges all that a month is held for, where the caller gave a reason for all.
pub(crate) async fn all(client: &Client, submitted: &mut Submitted, reason: Option<&str>) {
    let (Some(reason), Ok(Outcome::Held(held))) = (reason, &submitted.outcome) else { return };
    if held.submission.is_empty() {
        return;
    }
    let request = AcknowledgeSubmissionRequest {
        name: held.submission.clone(),
        acknowledgements: of_rules(held.rules.iter().cloned(), reason),
        // Repeating the push repeats this, too.
        request_id: followed(&submitted.request_id),
    };
    submitted.outcome = client.acknowledge_submission(request).await;
}

/// What to do about a held submission.
pub(crate) fn advice(held: &Held) -> String {
    let count = held.warning_count.unwrap_or_default();
    if held.submission.is_empty() {
        return format!("校验没有错误，但有{count}处警告没有确认；报送时请用 --acknowledge 说明理由，否则将留存待确认");
    }
    let reasons: Vec<String> = held.rules.iter().map(|rule| format!(" --acknowledge '{rule}=理由'")).collect();
    format!(
        "有{count}处警告没有确认，留存待确认，数据暂不采用。核对后，更正数据重新报送，或说明理由：\n  junheng acknowledge {}{}",
        held.submission,
        reasons.concat()
    )
}

fn of_rules(rules: impl Iterator<Item = String>, reason: &str) -> Vec<Acknowledgement> {
    let mut rules: Vec<String> = rules.collect();
    rules.sort_unstable();
    rules.dedup();
    let one = |rule| Acknowledgement { rule, reason: reason.to_owned(), ..Acknowledgement::default() };
    rules.into_iter().map(one).collect()
}

/// The id of the request that follows another one.
fn followed(request_id: &str) -> String {
    const ENDING: &str = ".ack";
    let kept: String = request_id.chars().take(64 - ENDING.len()).collect();
    kept + ENDING
}

fn acknowledgement(text: &str) -> Result<Acknowledgement, String> {
    let form = || "须形如 规则=理由 或 规则:学校标识码=理由".to_owned();
    let (what, reason) = text.split_once('=').ok_or_else(form)?;
    let (rule, school_code) = what.split_once(':').unwrap_or((what, ""));
    if rule.is_empty() || reason.trim().is_empty() {
        return Err(form());
    }
    Ok(Acknowledgement {
        rule: rule.to_owned(),
        school_code: school_code.to_owned(),
        reason: reason.to_owned(),
        ..Acknowledgement::default()
    })
}

#[cfg(test)]
mod tests {
    use junheng_proto::ingest::v1::FindingExample;

    use super::*;

    #[test]
    fn a_rule_a_school_and_a_reason_are_told_apart() {
        let read = |text: &str| acknowledgement(text).map(|read| (read.rule, read.school_code, read.reason));

        assert_eq!(read("item_stale=a=b").unwrap(), ("item_stale".into(), String::new(), "a=b".into()));
        assert_eq!(
            read("school_left_out:2121000001=停办").unwrap(),
            ("school_left_out".into(), "2121000001".into(), "停办".into())
        );
        for text in ["item_stale", "=reason", "item_stale= ", ":2121000001=reason"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_held_month_says_what_to_type() {
        let held = Held {
            submission: "regions/210922/submissions/2024-12.3".into(),
            warning_count: Some(2),
            rules: vec!["item_stale".into(), "school_left_out".into()],
            ..Held::default()
        };

        let told = advice(&held);

        assert!(told.ends_with(
            "\n  junheng acknowledge regions/210922/submissions/2024-12.3 --acknowledge 'item_stale=理由' \
             --acknowledge 'school_left_out=理由'"
        ));
    }

    #[test]
    fn what_matches_no_warning_and_what_is_still_open_are_known() {
        let finding = |school: &str| Finding { rule: "jump".into(), school_code: school.into(), ..Finding::default() };
        let example = |school: &str| FindingExample { school_code: school.into(), ..FindingExample::default() };
        let group = |rule: &str, schools: &[&str]| FindingGroup {
            severity: Severity::Warning.into(),
            rule: rule.into(),
            count: u32::try_from(schools.len()).ok(),
            examples: schools.iter().map(|school| example(school)).collect(),
            ..FindingGroup::default()
        };
        let groups = vec![group("jump", &["1", "2"]), group("stale", &[""])];
        let given = |text: &str| acknowledgement(text).unwrap();
        let matched = ["jump=a", "jump:2=a", "jump:3=a", "left=a"]
            .map(|text| matches(&given(text), &[finding("1"), finding("2")], &groups));
        let held = Held { rules: vec!["jump".into()], finding_groups: groups, ..Held::default() };

        let open = still_open(&held, &[given("jump:1=a"), given("stale=a")]);

        assert_eq!(matched, [true, true, false, false]);
        assert_eq!(open, [group("jump", &["2"])]);
    }

    #[test]
    fn the_id_that_follows_another_is_as_a_request_takes_it() {
        for id in ["a".to_owned(), "b".repeat(64)] {
            assert!(crate::args::request_id(&followed(&id)).is_ok());
        }
    }
}
