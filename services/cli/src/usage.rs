//! What the command line says of itself, in Chinese: help, and what is wrong with arguments.
//!
//! clap tells both in English. Its headings are set here for all commands, its errors are told by their kinds, and the few words that it has no
//! setting for are replaced in what it rendered.

use std::{error::Error as _, fmt::Write as _, io::IsTerminal as _, process::ExitCode};

use clap::{
    Arg, ArgAction, Command, CommandFactory as _, Error, FromArgMatches as _,
    builder::StyledStr,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::{args::Cli, output};

const TEMPLATE: &str = "{before-help}{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// Flags that all service programs have, by id; what they tell of them is English, for logs and operators.
const OF_SERVICES: [(&str, &str); 3] = [
    ("config", "配置文件；不给出时用默认配置"),
    ("overrides", "改动一项配置，优先于配置文件和环境变量，如 limits.concurrency=64；可多次给出"),
    ("print_config", "显示生效的配置（不含口令）后退出"),
];

/// Words of clap that no setting changes, and ours.
const WORDS: [(&str, &str); 12] = [
    ("Usage: ", "用法："),
    ("[OPTIONS]", "[选项]"),
    ("Print this message or the help of the given subcommand(s)", "显示帮助"),
    ("[default: ", "[默认："),
    ("[env: ", "[环境变量："),
    ("[possible values: ", "[可取："),
    ("[aliases: ", "[别名："),
    ("Possible values:", "可取："),
    ("选项:", "选项："),
    ("参数:", "参数："),
    ("命令:", "命令："),
    ("连接:", "连接："),
];

/// Reads the command line; without a command to run, tells what there is to tell, and gives the exit code.
pub(crate) fn read() -> Result<Cli, ExitCode> {
    let read = command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    read.map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nobody who reads no help misses it.
            let _ = output::print(shown(&error.render(), std::io::stdout().is_terminal()).trim_end());
            ExitCode::SUCCESS
        }
        _ => {
            output::tell(&told(&error));
            ExitCode::from(2)
        }
    })
}

/// The command line, with headings of ours.
pub(crate) fn command() -> Command {
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
    let command = Cli::command().disable_version_flag(true).arg(version.help("显示版本"));
    headed(command)
}

fn headed(command: Command) -> Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).help("显示帮助");
    let nested: Vec<String> = command.get_subcommands().map(|nested| nested.get_name().to_owned()).collect();
    let command = nested.into_iter().fold(command, |command, name| command.mut_subcommand(name, headed));
    let command = command.disable_help_flag(true).arg(help).mut_args(|arg| {
        let english = arg.get_help().is_some_and(|help| help.to_string().is_ascii());
        let of_services = OF_SERVICES.iter().find(|(id, _)| english && arg.get_id() == *id);
        let arg = match of_services {
            Some((_, help)) => arg.help(*help),
            None => arg,
        };
        match arg.get_help_heading() {
            Some(_) => arg,
            None if arg.is_positional() => arg.help_heading("参数"),
            None => arg.help_heading("选项"),
        }
    });
    command.help_template(TEMPLATE).subcommand_help_heading("命令").subcommand_value_name("命令")
}

/// What clap rendered, in our words.
fn shown(rendered: &StyledStr, styled: bool) -> String {
    let text = if styled { rendered.ansi().to_string() } else { rendered.to_string() };
    WORDS.iter().fold(text, |text, (theirs, ours)| text.replace(theirs, ours))
}

/// What is wrong with the arguments.
fn told(error: &Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return shown(&error.render(), false).trim_end().to_owned();
    }
    let mut text = format!("错误：{}", wrong(error));
    let suggested = [
        (ContextKind::SuggestedArg, "是否应为"),
        (ContextKind::SuggestedSubcommand, "是否应为"),
        (ContextKind::SuggestedValue, "是否应为"),
        (ContextKind::ValidValue, "可取"),
        (ContextKind::ValidSubcommand, "可用的命令"),
    ];
    for (kind, what) in suggested {
        if let Some(values) = values(error, kind) {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n  {what}：{values}");
        }
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let _ = write!(text, "\n\n{}", shown(usage, false).trim());
    }
    text + "\n\n加上 --help 可查看说明和示例"
}

fn wrong(error: &Error) -> String {
    let of = |kind| values(error, kind).unwrap_or_default();
    let (argument, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} 没有给出值"),
        ErrorKind::InvalidValue => format!("{argument} 的值“{value}”不正确"),
        ErrorKind::ValueValidation => {
            let why = error.source().map(|why| of_number(&why.to_string())).unwrap_or_default();
            format!("{argument} 的值“{value}”不正确：{why}")
        }
        ErrorKind::UnknownArgument => format!("没有 {argument} 这个参数"),
        ErrorKind::InvalidSubcommand => format!("没有“{}”这个命令", of(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingRequiredArgument => format!("没有给出 {argument}"),
        ErrorKind::MissingSubcommand => "没有给出命令".to_owned(),
        ErrorKind::ArgumentConflict => match of(ContextKind::PriorArg) {
            prior if prior.is_empty() || prior == argument => format!("{argument} 只能给出一次"),
            prior => format!("{argument} 不能与 {prior} 同时给出"),
        },
        ErrorKind::NoEquals => format!("{argument} 的值须以等号给出"),
        ErrorKind::TooManyValues => format!("{argument} 多了一个值“{value}”"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => format!("{argument} 的值的个数不对"),
        ErrorKind::InvalidUtf8 => "参数中有不能识别的字符".to_owned(),
        // Whatever a later clap tells.
        _ => shown(&error.render(), false),
    }
}

/// What the parsers of numbers say; ours say it in Chinese already.
fn of_number(why: &str) -> String {
    match why.split_once(" is not in ") {
        Some((_, range)) => match range.split_once("..") {
            Some((first, "")) => format!("须不小于{first}"),
            Some((first, last)) => format!("须为{first}至{}", last.trim_start_matches('=')),
            None => format!("须为{range}"),
        },
        None if why.contains("invalid digit") || why.contains("number too") => "须为整数".to_owned(),
        None if why.contains("invalid float") => "须为数字".to_owned(),
        None if why == "expected KEY=VALUE" => "须形如 KEY=VALUE".to_owned(),
        None => why.to_owned(),
    }
}

fn values(error: &Error, kind: ContextKind) -> Option<String> {
    let text = match error.get(kind)? {
        ContextValue::String(value) => value.clone(),
        ContextValue::Strings(values) => values.join("、"),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::StyledStrs(texts) => texts.iter().map(ToString::to_string).collect::<Vec<_>>().join("、"),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(line: &str) -> String {
        told(&command().try_get_matches_from(line.split(' ')).unwrap_err())
    }

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn what_is_wrong_with_arguments_is_told_in_chinese() {
        let first = |line: &str| error(line).lines().next().unwrap().to_owned();

        assert_eq!(first("junheng psuh"), "错误：没有“psuh”这个命令");
        assert!(error("junheng psuh").contains("\n  是否应为：push\n"), "{}", error("junheng psuh"));
        assert_eq!(first("junheng push a.csv --conty 210922"), "错误：没有 --conty 这个参数");
        assert!(error("junheng push a.csv --conty 210922").contains("是否应为：--county"));
        assert_eq!(
            first("junheng push a.csv --county 21"),
            "错误：--county <COUNTY> 的值“21”不正确：行政区划代码须为六位数字，如 210922"
        );
        assert_eq!(
            first("junheng push a.csv --month 2024"),
            "错误：--month <MONTH> 的值“2024”不正确：月份须形如 2024-12"
        );
        assert_eq!(first("junheng push a.csv --concurrency 99"), "错误：--concurrency <N> 的值“99”不正确：须为1至64");
        assert_eq!(first("junheng push a.csv --concurrency x"), "错误：--concurrency <N> 的值“x”不正确：须为整数");
        assert_eq!(first("junheng push a.csv --month"), "错误：--month <MONTH> 没有给出值");
        assert_eq!(first("junheng template 210922"), "错误：没有给出 --month <MONTH>");
        assert_eq!(first("junheng push a.csv --month 2024-12 --month 2024-11"), "错误：--month <MONTH> 只能给出一次");
        let usage = "\n\n用法：junheng template --month <MONTH> <COUNTY>\n\n加上 --help 可查看说明和示例";
        assert!(error("junheng template 210922").ends_with(usage), "{}", error("junheng template 210922"));
    }

    #[test]
    fn no_help_has_words_of_another_language() {
        fn each(command: &mut Command, seen: &mut usize) {
            let text = shown(&command.render_long_help(), false);
            for word in
                ["Usage", "Options", "Commands", "Arguments", "Print", "default:", "possible", "OPTIONS", "COMMAND"]
            {
                assert!(!text.contains(word), "{word} in the help of {}:\n{text}", command.get_name());
            }
            assert!(text.contains("用法：") && text.contains("显示帮助"), "{text}");
            for arg in command.get_arguments() {
                let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!help.is_ascii(), "{} of {}: {help}", arg.get_id(), command.get_name());
            }
            *seen += 1;
            command
                .get_subcommands_mut()
                .filter(|nested| nested.get_name() != "help")
                .for_each(|nested| each(nested, seen));
        }
        let mut whole = command();
        whole.build();
        let mut seen = 0;

        each(&mut whole, &mut seen);

        assert!(seen > 40, "{seen}");
    }
}
