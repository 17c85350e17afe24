//! Lists that come in pages.

use junheng_client::ClientError;

/// Rows that are asked for at a time.
pub(crate) const SIZE: i32 = 1_000;

/// Asks for page after page, each by the token that the one before gave, and gives all rows.
pub(crate) async fn all<T>(
    mut ask: impl AsyncFnMut(String) -> Result<(Vec<T>, String), ClientError>,
) -> Result<Vec<T>, ClientError> {
    let (mut all, mut page_token) = (vec![], String::new());
    loop {
        let (rows, next) = ask(page_token).await?;
        all.extend(rows);
        if next.is_empty() {
            return Ok(all);
        }
        page_token = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_page_is_asked_for_by_the_token_of_the_one_before() {
        let mut asked = vec![];
        let ask = async |token: String| {
            let (rows, next) = match token.as_str() {
                "" => (vec![1, 2], "second"),
                "second" => (vec![], "third"),
                _ => (vec![3], ""),
            };
            asked.push(token);
            Ok((rows, next.to_owned()))
        };

        let rows = all(ask).await.unwrap();

        assert_eq!(rows, [1, 2, 3]);
        assert_eq!(asked, ["", "second", "third"]);
    }
}
