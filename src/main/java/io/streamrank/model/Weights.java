package io.streamrank.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Finds, checks and reads the weights an architecture needs. Tensors it does not need are left alone. */
final class Weights {
    /** The dictionary argument of the module's bind method. */
    static final String DICTIONARY = "w.";

    /** No buffer of Java's holds more than two gigabytes, so a larger matrix is read by rows. */
    private static final long CHUNK_BYTES = 1L << 30;

    private final Safetensors file;
    private final long chunkBytes;

    Weights(Safetensors file) {
        this(file, CHUNK_BYTES);
    }

    /** @param chunkBytes how much of a tensor is read at once, in bytes of float32 and whole rows */
    Weights(Safetensors file, long chunkBytes) {
        this.file = file;
        this.chunkBytes = chunkBytes;
    }

    /**
     * All weights as float32 or float16 arrays of the manager's device, named for a {@code Dict[str, Tensor]} argument.
     * All are checked before the first is read.
     *
     * @throws CheckpointException where one is missing or has another shape than promised
     */
    NDList read(List<Weight> weights, NDManager manager) {
        List<CheckpointException> problems = problems(weights);
        if (!problems.isEmpty()) {
            throw problems.get(0);
        }
        List<StoredTensor> tensors = used(weights);
        NDList arrays = new NDList(weights.size());
        for (int i = 0; i < tensors.size(); i++) {
            NDArray array = read(weights.get(i), tensors.get(i), manager);
            array.setName(DICTIONARY + weights.get(i).name());
            arrays.add(array);
        }
        return arrays;
    }

    /** What is wrong with the weights, all of it: a missing ranking head first, as it explains the others. */
    List<CheckpointException> problems(List<Weight> weights) {
        List<CheckpointException> problems = new ArrayList<>();
        for (Weight weight : weights) {
            StoredTensor tensor = find(weight.stored());
            if (tensor == null) {
                problems.add(weight.isHead() ? 0 : problems.size(), weight.missing(file));
                continue;
            }
            try {
                weight.checked(tensor);
            } catch (CheckpointException e) {
                problems.add(e);
            }
        }
        return problems;
    }

    /** The stored tensors of those weights that there are. */
    List<StoredTensor> used(List<Weight> weights) {
        return weights.stream()
                .map(weight -> find(weight.stored()))
                .filter(Objects::nonNull)
                .toList();
    }

    /** TensorFlow's names of a norm's weight and bias live on in old checkpoints. */
    private @Nullable StoredTensor find(String name) {
        if (file.has(name)) {
            return file.find(name);
        }
        if (name.endsWith("LayerNorm.weight")) {
            return file.find(name.replaceAll("weight$", "gamma"));
        }
        return name.endsWith("LayerNorm.bias") ? file.find(name.replaceAll("bias$", "beta")) : null;
    }

    private NDArray read(Weight weight, StoredTensor tensor, NDManager manager) {
        if (!weight.rows().isEmpty()) {
            return array(gathered(tensor, weight.rows()), tensor.type(), weight.readDimensions(), manager);
        }
        long[] shape = tensor.dimensions();
        long rows = shape.length == 0 ? 1 : shape[0];
        long values = rows == 0 ? 0 : tensor.bytes() / tensor.type().bytes() / rows;
        long step = values == 0 ? rows : Math.max(1, chunkBytes / (values * Float.BYTES));
        if (rows <= step) {
            return array(mapped(tensor, 0, tensor.bytes()), tensor.type(), shape, manager);
        }
        try (NDManager pieces = manager.newSubManager()) {
            NDList parts = new NDList();
            for (long row = 0; row < rows; row += step) {
                shape[0] = Math.min(step, rows - row);
                long bytes = values * tensor.type().bytes();
                parts.add(array(mapped(tensor, row * bytes, shape[0] * bytes), tensor.type(), shape, pieces));
            }
            NDArray whole = NDArrays.concat(parts);
            whole.attach(manager);
            return whole;
        }
    }

    private static NDArray array(ByteBuffer bytes, StoredType type, long[] dimensions, NDManager manager) {
        Shape shape = new Shape(dimensions);
        return switch (type) {
            case F32 -> manager.create(bytes, shape, DataType.FLOAT32);
            case F16 -> manager.create(bytes, shape, DataType.FLOAT16);
            case BF16 -> manager.create(widened(bytes), shape, DataType.FLOAT32);
            default -> throw new IllegalStateException(type + " passed the check");
        };
    }

    /** Some rows of a matrix, which alone are read. */
    private static ByteBuffer gathered(StoredTensor tensor, List<Integer> rows) {
        long bytes = tensor.bytes() / tensor.shape().get(0);
        ByteBuffer gathered =
                ByteBuffer.allocateDirect(Math.toIntExact(bytes * rows.size())).order(ByteOrder.nativeOrder());
        rows.forEach(row -> gathered.put(mapped(tensor, row * bytes, bytes)));
        return gathered.flip();
    }

    /** A header of odd length leaves elements unaligned, which native code need not bear. */
    private static ByteBuffer mapped(StoredTensor tensor, long from, long length) {
        ByteBuffer bytes = Safetensors.map(tensor, from, length);
        int width = tensor.type().bytes();
        if ((tensor.begin() + from) % width == 0 && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
            return bytes;
        }
        ByteBuffer copy = ByteBuffer.allocateDirect(bytes.remaining()).order(ByteOrder.nativeOrder());
        if (width == Float.BYTES) {
            copy.asFloatBuffer().put(bytes.asFloatBuffer());
        } else {
            copy.asShortBuffer().put(bytes.asShortBuffer());
        }
        return copy;
    }

    /** A bfloat16 is the upper half of a float32: exact. DJL cannot hold bfloat16 itself. */
    private static ByteBuffer widened(ByteBuffer bytes) {
        ShortBuffer halves = bytes.asShortBuffer();
        ByteBuffer wide = ByteBuffer.allocateDirect(Math.multiplyExact(halves.remaining(), Float.BYTES))
                .order(ByteOrder.nativeOrder());
        FloatBuffer floats = wide.asFloatBuffer();
        while (halves.hasRemaining()) {
            floats.put(Float.intBitsToFloat(halves.get() << 16));
        }
        return wide;
    }
}
