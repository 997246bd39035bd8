//! Routes: which resource a path leads to.

/// Where a path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// To all todos.
    List,
    /// To one of them.
    Todo(u64),
    /// To the address at which one of them is found by those who were redirected.
    Moved(u64),
    /// Nowhere.
    Elsewhere,
}

/// What stands before the path of a todo that has moved.
const MOVED: &str = "/moved";

/// The route of a path.
pub(crate) fn route(path: &str) -> Route {
    match path.strip_prefix(MOVED) {
        Some(path) => number(path).map_or(Route::Elsewhere, Route::Moved),
        None if matches!(path, "/todos" | "/todos/") => Route::List,
        None => number(path).map_or(Route::Elsewhere, Route::Todo),
    }
}

/// The path at which a todo is found that has moved.
pub(crate) fn moved(number: u64) -> String {
    format!("{MOVED}/todos/{number}")
}

fn number(path: &str) -> Option<u64> {
    let digits = path.strip_prefix("/todos/")?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_todos_or_nowhere() {
        assert_eq!(route("/todos"), Route::List);
        assert_eq!(route("/todos/"), Route::List);
        assert_eq!(route("/todos/1"), Route::Todo(1));
        assert_eq!(route("/todos/18446744073709551615"), Route::Todo(u64::MAX));
        assert_eq!(route(&moved(7)), Route::Moved(7));
        let elsewhere = [
            "/",
            "",
            "*",
            "/todos/0",
            "/todos/01",
            "/todos/+1",
            "/todos/1/",
            "/todosx",
            "/moved",
            "/moved/todos",
            "/movedtodos/1",
            "/moved/moved/todos/1",
            "/todos/18446744073709551616",
        ];
        for path in elsewhere {
            assert_eq!(route(path), Route::Elsewhere, "{path}");
        }
    }
}
