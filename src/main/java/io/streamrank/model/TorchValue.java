package io.streamrank.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/** What a {@link TorchModule}'s method is called with. Arrays are read while the call is made. */
public interface TorchValue {
    /** Puts it among a call's arguments. */
    void addTo(Arguments arguments);

    /** Whole numbers, in the CPU's memory. */
    static TorchValue ints(int... values) {
        return arguments -> arguments.add(arguments.host.create(values));
    }

    /** float64 numbers, in the CPU's memory. */
    static TorchValue doubles(double... values) {
        return arguments -> arguments.add(arguments.host.create(values));
    }

    /** float32 numbers of a shape, in the CPU's memory. */
    static TorchValue floats(float[] values, List<Long> shape) {
        return arguments -> arguments.add(arguments.host.create(
                values, new Shape(shape.stream().mapToLong(Long::longValue).toArray())));
    }

    /** A call's arguments as they are gathered. */
    final class Arguments {
        final NDList arrays = new NDList();
        final NDManager host;
        final NDManager device;

        Arguments(NDManager host, NDManager device) {
            this.host = host;
            this.device = device;
        }

        void add(NDArray array) {
            arrays.add(array);
        }
    }
}
