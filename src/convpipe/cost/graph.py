"""Run the graph of a Keras network operation by operation, with shapes or with values."""

from collections.abc import Callable


def run_through(network, inputs, visit: Callable, path: str = ""):
    """Pass `inputs` through the graph of a network and its nested networks, in topological order.

    Args:
        network: a functional or sequential keras.Model.
        inputs: one tensor for each input of the network, either symbolic (keras.KerasTensor) or with values.
        visit: called as `visit(operation, name, args, kwargs)` for every operation but inputs; its return value is
            used as the output of the operation. The name is path/name inside a nested network.
        path: prefix of the names.

    Returns:
        The outputs of the network.
    """
    import keras

    def called(operation):
        def call(*args, **kwargs):
            if isinstance(operation, keras.Model):
                return run_through(operation, tensors_in(args, kwargs), visit, f"{path}{operation.name}/")
            return visit(operation, path + operation.name, args, kwargs)

        return call

    # Keras has no public function that runs a graph layer by layer; its own compute_output_spec uses this one.
    graph = getattr(network, "_functional", None) or network
    return graph._run_through_graph(inputs, operation_fn=called)


def tensors_in(args, kwargs) -> list:
    """Return the tensors among the arguments of an operation, symbolic or with values."""
    import keras

    return [x for x in keras.tree.flatten((args, kwargs)) if isinstance(x, keras.KerasTensor) or keras.ops.is_tensor(x)]
