"""Makes sys.path as Lambda's bootstrap does; imported by the other scripts of this folder before anything else.

Read in the bootstrap of the python3.8 to python3.11 images and in a dump of sys.path on python3.13: layers and the function
come first, unless the function sets PYTHONPATH, which removes the layers' folders; .pth files of all three are obeyed.
"""

import os
import site
import sys


def set_search_path(layers, function, packages):
    """Make sys.path, and then PYTHONPATH, what they are on Lambda when the handler's module is imported."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    own = "PYTHONPATH" in os.environ
    version = "python%d.%d" % sys.version_info[:2]
    site_packages = "%s/python/lib/%s/site-packages" % (layers, version)
    if packages not in sys.path:
        sys.path.insert(0, packages)
    if sys.version_info >= (3, 11):
        bundled = [entry for entry in sys.path if entry.endswith("/%s/site-packages" % version)]
        sys.path[:0] = bundled[:1]
    if not own:
        sys.path[:0] = [site_packages, layers + "/python"]
    sys.path.insert(0, function)
    site.addsitedir(function)
    if not own:
        site.addsitedir(site_packages)
        site.addsitedir(layers + "/python")
        os.environ["PYTHONPATH"] = packages
