"""The same work with ROOT's RDataFrame: a process that answers requests.

It runs in an interpreter that has ROOT and need not have anything else.
"""

import resource
from functools import partial
from typing import Any, Final

from benchmarks.child import say, serve

_CODE: Final = r"""
#include <Math/Vector4D.h>
#include <ROOT/RDataFrame.hxx>
#pragma cling optimize(3)

using Floats = ROOT::RVec<float>;
using Charges = ROOT::RVec<int>;
using Muon = ROOT::Math::PtEtaPhiMVector;

struct Found { unsigned long long pairs; double total; std::vector<double> counts; };

template <typename Node>
Found reduce(Node events, const std::string &prefix, int bins, double low, double high)
{
   auto opposite = [](const Charges &charge) { return charge.size() == 2 && charge[0] != charge[1]; };
   auto mass = [](const Floats &pt, const Floats &eta, const Floats &phi, const Floats &m) {
      return (Muon(pt[0], eta[0], phi[0], m[0]) + Muon(pt[1], eta[1], phi[1], m[1])).M();
   };
   auto pairs = events.Filter(opposite, {prefix + "charge"})
                   .Define("pair_mass", mass, {prefix + "pt", prefix + "eta", prefix + "phi", prefix + "mass"});
   auto total = pairs.template Sum<double>("pair_mass");
   auto histogram = pairs.template Histo1D<double>({"", "", bins, low, high}, "pair_mass");
   const double *first = histogram->GetArray();
   return {(unsigned long long) histogram->GetEntries(), *total, {first, first + bins + 2}};
}

Found reduce_collection(const std::string &path, int bins, double low, double high)
{
   return reduce(ROOT::RDataFrame("Events", path), "Muon.", bins, low, high);
}

Found reduce_branches(const std::string &path, int bins, double low, double high)
{
   // Events without exactly two muons are dropped before their other branches are looked at.
   auto two = [](int number) { return number == 2; };
   return reduce(ROOT::RDataFrame("Events", path).Filter(two, {"nMuon"}), "Muon_", bins, low, high);
}
"""


def answer(root: Any, request: dict[str, Any]) -> dict[str, Any]:
    """What a request asks for.

    Args:
        root: the module ROOT.
        request: ``path`` of a file to reduce, with the histogram's ``bins``, ``low`` and ``high``; or ``source``, a
            file to copy to ``target`` with ROOT's own sizes of baskets, ``codec``, ``level`` and ``rntuple``.
    """
    if "source" in request:
        return _copy(root, request)
    columns = {str(name) for name in root.RDataFrame("Events", request["path"]).GetColumnNames()}
    reduce = root.reduce_branches if "nMuon" in columns else root.reduce_collection
    begin = _processor_time()
    found = reduce(request["path"], request["bins"], request["low"], request["high"])
    seconds = _processor_time() - begin
    return {"seconds": seconds, "pairs": int(found.pairs), "total": float(found.total), "counts": list(found.counts)}


def _copy(root: Any, request: dict[str, Any]) -> dict[str, Any]:
    options = root.RDF.RSnapshotOptions()
    options.fCompressionAlgorithm = getattr(root.RCompressionSetting.EAlgorithm, f"k{request['codec'].upper()}")
    options.fCompressionLevel = request["level"]
    formats = root.RDF.ESnapshotOutputFormat
    options.fOutputFormat = formats.kRNTuple if request["rntuple"] else formats.kTTree
    names = ["nMuon", "Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass", "Muon_charge"]
    root.RDataFrame("Events", request["source"]).Snapshot("Events", request["target"], names, options)
    return {}


def _processor_time() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Answer until the end of standard input."""
    try:
        import ROOT  # type: ignore[import-not-found]  # where it is missing, that is the answer
    except ImportError as error:
        say({"error": f"cannot import ROOT ({error})"})
        return
    ROOT.gInterpreter.Declare(_CODE)
    serve(partial(answer, ROOT))


if __name__ == "__main__":
    main()
