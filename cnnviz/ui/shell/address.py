"""Read and write the query string: no other module touches `st.query_params`.

A value comes from the address, else from an earlier choice in the session, else from the
parameter's default. Invalid values of a link are dropped, and one sentence says so. A default is
not written; a choice that outlives its page is written again after the menu has cleared the
address.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st

from cnnviz.ui.shell.parameter_types import Flag, ParameterType, Text
from cnnviz.ui.shell.parameters import PARAMETERS, Parameter

T = TypeVar("T")
_CHOSEN = "address_chosen"  # texts by name, chosen by a link or the user in this session
_COMPLAINTS = "address_complaints"  # sentences by name, until something else is chosen
_LOSSES = "address_losses"  # sentences by name, until they are shown
_OWN = "address_own"  # texts of content by name, written by this session
_REMEMBERED = 500  # of them for each name, 0.2 MB of drawings
_PAGE = "address_page"
_UNREAD = "address_unread"  # texts by name that no control of the page has read so far


def enter(page: str) -> None:
    """Write earlier choices into a page's address, before the page runs.

    Args:
        page: the key of the page.
    """
    if st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE] = page
        _complaints().clear()
        _keep_unread()
    _pass_on(page)
    st.session_state[_UNREAD] = {
        name: texts
        for name, row in PARAMETERS.items()
        if page in row.pages and row.kept and row.type is not Flag  # Streamlit keeps flags itself
        if (texts := st.query_params.get_all(name))
    }
    missing = {
        name: texts
        for name, texts in _chosen().items()
        if page in (*PARAMETERS[name].pages, *PARAMETERS[name].passing_pages)
        and name not in st.query_params
        and _is_written(PARAMETERS[name], texts)
        and _belongs(PARAMETERS[name])
    }
    if missing:
        st.query_params.update(missing)  # at once: each change is an entry in the browser's history


def read_foreign(parameter: Parameter[Any], type_: ParameterType[T]) -> T | None:
    """Return a value in the address that this session has not written there; None for none.

    Content such as a drawing changes on the page more often than the address, which may lag behind
    it: only a link replaces it. An invalid value is dropped from the address.

    Args:
        parameter: to read.
        type_: an instance of the parameter's type.
    """
    _note_read(parameter)
    linked = st.query_params.get_all(parameter.name)
    if tuple(linked) in _own(parameter):
        return None
    value = _from_address(parameter, type_, linked)
    if value is not None:
        _note_own(parameter, linked)  # from now on it is the page's
    return value


def publish(parameter: Parameter[Any], value: Any) -> None:
    """Write content of the page into its address, unless it is there; empty content removes it."""
    texts = parameter.type.format(value)
    _note_own(parameter, texts)
    if st.query_params.get_all(parameter.name) == texts:
        return
    if texts:
        st.query_params[parameter.name] = texts
    else:
        del st.query_params[parameter.name]


def read(parameter: Parameter[T], type_: ParameterType[Any]) -> T:
    """Return a parameter's value: from the address, the session or the default, in this order.

    Args:
        parameter: to read.
        type_: an instance of the parameter's type, with the values that are valid here.
    """
    _note_read(parameter)
    linked = st.query_params.get_all(parameter.name)
    value = _from_link(parameter, type_, linked) if linked else None
    if value is None and parameter.name in _chosen():
        value = _from_session(parameter, type_)
    if value is None:
        value = parameter.default
    carried = type_.carried and linked == _chosen().get(parameter.name)
    if linked and not carried:
        _correct(parameter, value, linked)
    return value


def texts(parameter: Parameter[Any]) -> list[str]:
    """Return a parameter's texts in the address, else those chosen before; they may be invalid."""
    return st.query_params.get_all(parameter.name) or _chosen().get(parameter.name, [])


def show_complaint(parameter: Parameter[Any]) -> None:
    """Say why a link's value of a parameter was dropped, if it was, once it has been read.

    `bind` calls this itself.

    The message stays until another value is chosen; a deletion is reported once.
    """
    complaint = _complaints().get(parameter.name) or _losses().pop(parameter.name, None)
    if complaint:
        show_rejection(complaint)


def show_rejection(sentence: str) -> None:
    """Say why something that a link names was dropped.

    Args:
        sentence: as Markdown; see `parameter_types.rejection`.
    """
    st.info(sentence, icon=":material/info:")


def write(values: Mapping[Parameter[Any], Any]) -> None:
    """Choose values of several parameters at once, from a callback; None forgets a choice."""
    new: dict[str, list[str]] = {}
    for parameter, value in values.items():
        _complaints().pop(parameter.name, None)
        texts = None if value is None else parameter.type.format(value)
        if texts is None:
            _chosen().pop(parameter.name, None)
        elif parameter.kept:
            _chosen()[parameter.name] = texts
        if texts is not None and _is_written(parameter, texts):
            new[parameter.name] = texts
        elif parameter.name in st.query_params:
            del st.query_params[parameter.name]
    for row in PARAMETERS.values():
        if row.only_for and row.only_for[0] in values and not _belongs(row, new):
            new.pop(row.name, None)
            if row.name in st.query_params:
                del st.query_params[row.name]
    if new:
        st.query_params.update(new)


def keep(parameter: Parameter[Any], value: Any) -> None:
    """Choose a value that other pages write into their address; this page's stays as it is."""
    texts = parameter.type.format(value)
    _note_own(parameter, texts)
    if texts:
        _chosen()[parameter.name] = texts
    else:
        _chosen().pop(parameter.name, None)


def bind(
    parameter: Parameter[Any],
    type_: ParameterType[Any],
    *,
    default: Any = None,
    forgets: Sequence[Parameter[Any]] = (),
    then: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """Return the arguments `key`, `on_change` and `args` that bind a widget to a parameter.

    Args:
        parameter: to read and write.
        type_: with the options of the widget.
        default: if the parameter has none.
        forgets: parameters that a new value makes meaningless.
        then: called after a change.
    """
    value = read(parameter, type_)
    show_complaint(parameter)
    value = default if value is None else value
    st.session_state[parameter.name] = list(value) if isinstance(value, tuple) else value
    return {"key": parameter.name, "on_change": _take_over, "args": (parameter, forgets, then)}


def bind_flag(parameter: Parameter[bool]) -> dict[str, Any]:
    """Return the arguments that bind a toggle or a checkbox, by Streamlit's own binding."""
    linked = st.query_params.get_all(parameter.name)
    if linked and (parsed := Flag().parse(linked)).rejected:
        _complaints()[parameter.name] = Flag().complaint(parameter.noun, parsed)
    show_complaint(parameter)
    return {
        "key": parameter.name,
        "bind": "query-params",
        "persist_state": "session",
        "on_change": _withdraw,
        "args": (parameter.name,),
    }


def _pass_on(page: str) -> None:
    """Take over values that a page without a control for them has in its address."""
    for name, row in PARAMETERS.items():
        if row.passed is None or page in row.pages:
            continue
        linked = st.query_params.get_all(name)
        value = _from_address(row, row.passed, linked)
        if value is not None:
            _chosen()[name] = row.type.format(value)
        show_complaint(row)


def _keep_unread() -> None:
    """Take over what stood in the address of the page before, where no view of it asked."""
    for name, texts in st.session_state.pop(_UNREAD, {}).items():
        row = PARAMETERS[name]
        if name not in _chosen() and (row.passed or Text()).parse(texts).value is not None:
            _chosen()[name] = texts


def _note_read(parameter: Parameter[Any]) -> None:
    st.session_state.get(_UNREAD, {}).pop(parameter.name, None)


def _from_address(
    parameter: Parameter[Any], type_: ParameterType[T], linked: list[str]
) -> T | None:
    """Return the value of the texts in the address; drop invalid ones, and keep a complaint."""
    if not linked:
        return None
    parsed = type_.parse(linked)
    if parsed.value is None:
        _complaints()[parameter.name] = type_.complaint(parameter.noun, parsed)
        del st.query_params[parameter.name]
    return parsed.value


def _note_own(parameter: Parameter[Any], texts: list[str]) -> None:
    own = _own(parameter)
    own[tuple(texts)] = None
    while len(own) > _REMEMBERED:
        del own[next(iter(own))]


def _own(parameter: Parameter[Any]) -> dict[tuple[str, ...], None]:
    """Return texts that this session has written, oldest first."""
    all_own: dict[str, dict[tuple[str, ...], None]] = st.session_state.setdefault(_OWN, {})
    return all_own.setdefault(parameter.name, {})


def _belongs(row: Parameter[Any], new: Mapping[str, list[str]] | None = None) -> bool:
    """Tell whether the value that a parameter depends on is chosen.

    Args:
        row: the parameter.
        new: texts about to be written into the address.
    """
    if row.only_for is None:
        return True
    other, needed = row.only_for
    named = (new or {}).get(other.name) or st.query_params.get_all(other.name)
    return (named or _chosen().get(other.name)) == [needed]


def _from_link(parameter: Parameter[Any], type_: ParameterType[Any], linked: list[str]) -> Any:
    parsed, own = type_.parse(linked), linked == _chosen().get(parameter.name)
    if own and parsed.rejected and type_.carried:
        return parsed.value  # chosen where it is valid, and kept for that
    if parsed.rejected and not own:
        _complaints()[parameter.name] = type_.complaint(parameter.noun, parsed)
    elif parsed.rejected:
        _losses()[parameter.name] = type_.loss(parameter.noun, parsed)
    elif not own:
        _complaints().pop(parameter.name, None)
    if parsed.value is not None and parameter.kept:
        _chosen()[parameter.name] = type_.format(parsed.value)
    return parsed.value


def _from_session(parameter: Parameter[Any], type_: ParameterType[Any]) -> Any:
    texts = _chosen()[parameter.name]
    parsed = type_.parse(texts)
    if parsed.rejected and type_.deletable:
        _losses()[parameter.name] = type_.loss(parameter.noun, parsed)
        del _chosen()[parameter.name]
        if parsed.value is not None:
            _chosen()[parameter.name] = type_.format(parsed.value)
    return parsed.value


def _correct(parameter: Parameter[Any], value: Any, linked: list[str]) -> None:
    """Write the value in use into the address if a link spells it otherwise."""
    texts = None if value is None else parameter.type.format(value)
    if texts == linked:
        return
    if texts is not None and _is_written(parameter, texts):
        st.query_params[parameter.name] = texts
    else:
        del st.query_params[parameter.name]


def _is_written(parameter: Parameter[Any], texts: list[str]) -> bool:
    default = parameter.default
    return bool(texts) and (default is None or texts != parameter.type.format(default))


def _take_over(
    parameter: Parameter[Any],
    forgets: Sequence[Parameter[Any]],
    then: Callable[[], None] | None,
) -> None:
    """Choose the value of the parameter's widget."""
    write({parameter: st.session_state[parameter.name], **dict.fromkeys(forgets)})
    if then is not None:
        then()


def _withdraw(name: str) -> None:
    _complaints().pop(name, None)


def _chosen() -> dict[str, list[str]]:
    chosen: dict[str, list[str]] = st.session_state.setdefault(_CHOSEN, {})
    return chosen


def _complaints() -> dict[str, str]:
    complaints: dict[str, str] = st.session_state.setdefault(_COMPLAINTS, {})
    return complaints


def _losses() -> dict[str, str]:
    losses: dict[str, str] = st.session_state.setdefault(_LOSSES, {})
    return losses
