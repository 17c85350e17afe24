//! What keeps a text from being TOML, in Chinese: whoever writes standards and limits need not know the parser's English.

/// What each of the parser's messages means, by how it begins; the longer of two that begin alike stands first.
const MEANINGS: [(&str, &str); 47] = [
    ("unclosed array table", "表头没有写完，缺少“]]”"),
    ("unclosed array", "数组没有写完，缺少“]”"),
    ("unclosed inline table", "花括号中的表没有写完，缺少“}”"),
    ("unclosed table", "表头没有写完，缺少“]”"),
    ("missing table open", "表头缺少“[”"),
    ("missing array opening", "数组缺少“[”"),
    ("missing inline table opening", "花括号中的表缺少“{”"),
    ("missing comma between array elements", "数组的各项之间缺少逗号“,”"),
    ("missing comma between key-value pairs", "各项之间缺少逗号“,”"),
    ("missing assignment between key-value pairs", "名称和值之间缺少等号“=”"),
    ("missing key for inline table element", "花括号中的一项缺少名称"),
    ("missing value for key", "等号后没有值"),
    ("missing value", "缺少值"),
    ("missing opening quote", "缺少前引号"),
    ("missing escaped value", "反斜杠“\\”后缺少转义字符"),
    ("missing escape", "反斜杠“\\”后不是可用的转义字符"),
    ("missing comment start", "注释缺少“#”"),
    ("key with no value", "名称后没有等号“=”和值"),
    ("extra assignment between key-value pairs", "多了一个等号“=”"),
    ("extra `=`", "多了一个等号“=”"),
    ("unexpected `=` in array", "数组中不能有等号“=”"),
    ("extra comma", "多了一个逗号“,”"),
    ("string values must be quoted", "值无法识别：文字须加英文引号，不能留空"),
    ("invalid basic string", "引号中的文字没有写完，或含有不能用的字符"),
    ("invalid literal string", "引号中的文字没有写完，或含有不能用的字符"),
    ("invalid multi-line", "三引号中的文字没有写完，或含有不能用的字符"),
    ("invalid unquoted key", "名称只能用英文字母、数字、“_”和“-”，其他须加英文引号"),
    ("unquoted keys cannot be empty", "名称不能为空"),
    ("keys cannot be multi-line", "名称不能用三引号"),
    ("invalid key-value pair", "应写作“名称 = 值”"),
    ("invalid inline table element", "花括号中应写作“名称 = 值”"),
    ("invalid comment character", "注释中有不能用的字符"),
    ("invalid value", "值的写法不对"),
    ("duplicate key", "名称重复"),
    ("redundant", "数字前的符号或进制标记多余"),
    ("unexpected leading zero", "数字不能以 0 开头"),
    ("unexpected sign", "数字的正负号位置不对"),
    ("`_` may only go between digits", "“_”只能写在数字之间"),
    ("radix must be lowercase", "进制标记须小写"),
    ("integers with a radix cannot be signed", "带进制标记的整数不能有正负号"),
    ("integer number overflowed", "整数过大"),
    ("floating-point number overflowed", "小数过大"),
    ("too few unicode value digits", "“\\u”后的数字不够"),
    ("carriage return must be followed by newline", "回车符后须有换行符"),
    ("cannot recurse further", "嵌套过深"),
    ("unexpected key or value", "这里多出了内容，一行只写一项"),
    ("unexpected content", "这里多出了内容"),
];

/// Says where in its line and why a text is no TOML, with the parser's words behind: `不是有效的 TOML：第4列，表头没有写完，缺少“]”（unclosed …）`.
///
/// The column is counted from 1, in characters.
pub(crate) fn told(error: &toml::de::Error, text: &str) -> String {
    let at = error.span().map_or(text.len(), |span| span.start);
    let before = text.get(..at).unwrap_or(text);
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    let said = error.message();
    let meaning = MEANINGS.iter().find(|(begins, _)| said.starts_with(begins));
    let meaning = meaning.map_or("写法不合规则", |(_, meaning)| meaning);
    format!("不是有效的 TOML：第{column}列，{meaning}（{said}）")
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;

    fn faults(text: &str) -> Vec<String> {
        DeTable::parse_recoverable(text).1.iter().map(|error| told(error, text)).collect()
    }

    #[test]
    fn what_people_get_wrong_is_said_in_chinese() {
        let wrong = [
            ("[表", "名称"),
            ("[x", "缺少“]”"),
            ("[[x]", "缺少“]]”"),
            ("a = [1, 2", "数组没有写完"),
            ("a = { b = 1", "花括号"),
            ("a", "没有等号"),
            ("a =", "不能留空"),
            ("a = 小学", "英文引号"),
            ("a = 是", "英文引号"),
            ("a = “小学”", "英文引号"),
            ("a = \"小学", "没有写完"),
            ("a = '小学", "没有写完"),
            ("a = 1\na = 2", "名称重复"),
            ("[a]\n[a]", "名称重复"),
            ("a == 1", "等号"),
            ("a = 012", "不能以 0 开头"),
            ("a = 1 b = 2", "多出了内容"),
            ("a = [1, 2,, 3]", "逗号"),
            ("指标 = 1", "英文字母"),
        ];
        for (text, meaning) in wrong {
            let told = faults(text);
            assert!(told.iter().any(|fault| fault.contains(meaning)), "{text}: {told:?}");
        }
    }

    #[test]
    fn the_column_is_counted_in_characters_and_the_parsers_words_stand_behind() {
        let told = faults("# 说明\na = \"小学\" b");

        assert!(told[0].starts_with("不是有效的 TOML：第10列，"), "{told:?}");
        let [one]: [String; 1] = faults("[x").try_into().unwrap();
        assert_eq!(one, "不是有效的 TOML：第3列，表头没有写完，缺少“]”（unclosed table, expected `]`）");
    }

    #[test]
    fn no_meaning_hides_behind_a_shorter_one() {
        for (index, (begins, _)) in MEANINGS.iter().enumerate() {
            let hidden = MEANINGS[..index].iter().find(|(before, _)| begins.starts_with(before));
            assert_eq!(hidden, None, "{begins}");
        }
    }
}
