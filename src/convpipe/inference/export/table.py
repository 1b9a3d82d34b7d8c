"""The certificate as text for a terminal."""

from convpipe.inference.export.export import Export


def certificate_table(done: Export) -> str:
    """Return the values of a certificate, one per line, within 80 columns.

    Args:
        done: an export with a certificate.
    """
    found, sizes = done.certificate, done.sizes
    assert found is not None, "the export has no certificate"
    ties = f" ({found.ties} more are ties)" if found.ties else ""
    rows = [
        ("runtime", found.runtime),
        (f"same class, {found.part} part", f"{found.same_class:,} of {found.samples:,} samples{ties}"),
        ("largest difference", f"{found.largest_difference:.1e} in probability"),
        ("accuracy before, after", f"{found.accuracy_before:.4f}, {found.accuracy_after:.4f}"),
        ("time of one sample", f"{found.latency_ms:.3g} ms"),
        ("", found.timing),
        ("size", f"{sizes['size_bytes']:,} bytes"),
        ("multiply-adds", f"{sizes['multiply_adds']:,}"),
    ]
    if sizes["arena_bytes"] is not None:
        rows.append(("memory of tensors", f"{sizes['arena_bytes']:,} bytes"))
    return "\n".join(f"{name:<24}  {value}" for name, value in rows)
