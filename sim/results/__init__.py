"""What we keep: one labelled Dataset, the waist of the house, and the files and stores it is kept in.

A Dataset has dims ``time`` and the subscript ranges (``scenario`` first for studies, ``member`` last for ensembles);
variables bear their model names and carry ``units``, ``long_name`` and ``kind``; its attributes carry the model's structure
and provenance as data.  A single run or a study is one NetCDF file, an ensemble a Zarr store that grows block by block.
"""

from sim.results.dataset import CONVENTIONS, PACKAGES, Column, assemble, provenance, versions
from sim.results.export import export
from sim.results.files import load_netcdf, replacing, save_netcdf, write_csv, write_table
from sim.results.store import Overview, check_store, list_stores, open_store
from sim.results.summary import summarise

__all__ = [
    "CONVENTIONS",
    "PACKAGES",
    "Column",
    "Overview",
    "assemble",
    "check_store",
    "export",
    "list_stores",
    "load_netcdf",
    "open_store",
    "provenance",
    "replacing",
    "save_netcdf",
    "summarise",
    "versions",
    "write_csv",
    "write_table",
]
