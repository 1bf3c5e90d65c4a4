"""What matplotlib needs to draw without a screen, and which figures nobody has saved."""

import importlib.abc
import importlib.machinery
import os
import sys

#: Backends that draw to files; any other wants a screen.
FILE_BACKENDS = ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template")


def prepare(work):
    """Have matplotlib mended when the script imports it, not before; `work` is where pictures are kept.

    Only where a warm process has imported it ahead it is mended now.
    """
    os.environ["MPLBACKEND"] = "Agg"
    sys.meta_path.insert(0, _Mender(work))
    for name, mend in _MENDED.items():
        if name in sys.modules:
            mend(sys.modules[name], work)


class _Mender(importlib.abc.MetaPathFinder):
    """Lets the real finders find matplotlib's modules, and changes them once they are loaded."""

    def __init__(self, work):
        self.work = work

    def find_spec(self, name, path=None, target=None):
        mend = _MENDED.get(name)
        if mend is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _MendingLoader(spec.loader, lambda module: mend(module, self.work))
        return spec


class _MendingLoader(importlib.abc.Loader):
    def __init__(self, loader, mend):
        self.loader = loader
        self.mend = mend

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        spec = module.__spec__
        spec.loader = module.__loader__ = self.loader  # nobody else is to meet this one
        self.loader.exec_module(module)
        self.mend(module)

    def __getattr__(self, name):
        return getattr(self.loader, name)


def _mend_matplotlib(matplotlib, work):
    use = matplotlib.use

    def use_without_screen(backend, *arguments, **options):
        """As matplotlib's own; a backend that wants a screen is passed over."""
        if _draws_to_files(backend):
            return use(backend, *arguments, **options)
        return None

    matplotlib.use = use_without_screen
    place = os.environ.get("MPLCONFIGDIR")
    if place:  # imported ahead, it knows the folder of the process that was forked, where nothing can be written
        matplotlib.get_cachedir = matplotlib.get_configdir = lambda: place


def _draws_to_files(backend):
    return isinstance(backend, str) and backend.lower() in FILE_BACKENDS


def _mend_pyplot(pyplot, work):
    switch = pyplot.switch_backend

    def switch_backend(newbackend):
        """As matplotlib's own; a backend that wants a screen is passed over."""
        if _draws_to_files(newbackend):
            switch(newbackend)
        elif getattr(pyplot, "_backend_mod", pyplot) is None:  # none is loaded yet, and one is needed
            switch("agg")

    def show(*arguments, **options):
        """There is no screen: figures that stay open are kept when the script has ended."""

    pyplot.switch_backend = switch_backend
    pyplot.show = show


def _mend_figure(figure, work):
    def show(self, warn=True):
        """There is no screen: figures that stay open are kept when the script has ended."""

    figure.Figure.show = show


def _mend_backend_bases(bases, work):
    print_figure = bases.FigureCanvasBase.print_figure

    def print_figure_and_remember(self, filename, *arguments, **options):
        """As matplotlib's own; a figure saved to a file that is kept counts as saved until it is drawn on again."""
        printed = print_figure(self, filename, *arguments, **options)
        kept = (work, os.path.join(os.path.dirname(work), "outputs"))  # there `log_image` puts them
        if isinstance(filename, (str, os.PathLike)) and any(_is_below(filename, folder) for folder in kept):
            self.figure.stale = False
            self.figure._transom_saved = True
        return printed

    bases.FigureCanvasBase.print_figure = print_figure_and_remember


def _is_below(path, folder):
    return os.path.realpath(os.fspath(path)).startswith(os.path.realpath(folder) + os.sep)


_MENDED = {
    "matplotlib": _mend_matplotlib,
    "matplotlib.pyplot": _mend_pyplot,
    "matplotlib.figure": _mend_figure,
    "matplotlib.backend_bases": _mend_backend_bases,
}


def keep_open_ones(folder, warn):
    """Save every open figure that has something on it and was not saved since; a PNG file each.

    One that cannot be drawn is no reason to lose the others: `warn` is told.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or not hasattr(pyplot, "get_fignums"):
        return
    for number in pyplot.get_fignums():
        try:
            _keep(pyplot.figure(number), number, folder)
        except Exception as wrong:
            warn("The open figure %s could not be drawn: %s." % (number, type(wrong).__name__))


def _keep(figure, number, folder):
    if _is_empty(figure) or (getattr(figure, "_transom_saved", False) and not figure.stale):
        return
    os.makedirs(folder, exist_ok=True)
    place = _free_name(folder, "figure_%d" % number)
    try:
        figure.savefig(place)
    except Exception:
        if os.path.exists(place):  # half a picture is none
            os.remove(place)
        raise


def _is_empty(figure):
    return not (figure.axes or figure.texts or figure.images or figure.lines or figure.patches or figure.legends)


def _free_name(folder, stem):
    name, count = stem, 1
    while os.path.exists(os.path.join(folder, name + ".png")):
        count += 1
        name = "%s_%d" % (stem, count)
    return os.path.join(folder, name + ".png")
