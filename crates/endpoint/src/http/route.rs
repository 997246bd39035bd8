//! Routes: the resource of a path.

/// The resource of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The list of todos.
    List,
    /// One todo.
    Todo(u64),
    /// One todo at the address to which redirects lead.
    Moved(u64),
    /// None.
    NotFound,
}

/// The prefix of the path to which redirects lead.
const MOVED: &str = "/moved";

/// The route of a path.
pub(crate) fn route(path: &str) -> Route {
    match path.strip_prefix(MOVED) {
        Some(path) => number(path).map_or(Route::NotFound, Route::Moved),
        None if matches!(path, "/todos" | "/todos/") => Route::List,
        None => number(path).map_or(Route::NotFound, Route::Todo),
    }
}

/// The path to which a redirect of this todo leads.
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
    fn finds_the_todo_of_a_path_or_nothing() {
        assert_eq!(route("/todos"), Route::List);
        assert_eq!(route("/todos/"), Route::List);
        assert_eq!(route("/todos/1"), Route::Todo(1));
        assert_eq!(route("/todos/18446744073709551615"), Route::Todo(u64::MAX));
        assert_eq!(route(&moved(7)), Route::Moved(7));
        let not_found = [
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
        for path in not_found {
            assert_eq!(route(path), Route::NotFound, "{path}");
        }
    }
}
