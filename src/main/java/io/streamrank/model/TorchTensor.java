package io.streamrank.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * A tensor in a module's memory, on its device. As an argument of another module's method, all those of a call make up one
 * list, {@code List[Tensor]}, in their order. Many calls may read it at a time. Closed with its module at the latest.
 */
public final class TorchTensor implements TorchValue, AutoCloseable {
    /** How DJL knows the parts of a list. */
    private static final String PART = "parts[]";

    private final NDArray array;

    TorchTensor(NDArray array, NDManager owner) {
        this.array = array;
        array.attach(owner);
        array.setName(PART);
    }

    @Override
    public void addTo(Arguments arguments) {
        arguments.add(array);
    }

    @Override
    public void close() {
        array.close();
    }
}
