package io.streamrank.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds, checks and reads the weights an architecture needs. Tensors it does not need are left alone. */
final class Weights {
    /** The dictionary argument of the module's bind method. */
    private static final String DICTIONARY = "w.";

    private final Safetensors file;

    Weights(Safetensors file) {
        this.file = file;
    }

    /**
     * All weights as float32 or float16 arrays of the manager's device, named for a {@code Dict[str, Tensor]} argument.
     * All are checked before the first is read.
     *
     * @throws CheckpointException where one is missing or has another shape than promised
     */
    NDList read(List<Weight> weights, NDManager manager) {
        List<StoredTensor> tensors = new ArrayList<>();
        for (Weight weight : weights) {
            tensors.add(weight.checked(stored(weight), file));
        }
        NDList arrays = new NDList(weights.size());
        for (int i = 0; i < tensors.size(); i++) {
            NDArray array = read(tensors.get(i), manager);
            array.setName(DICTIONARY + weights.get(i).name());
            arrays.add(array);
        }
        return arrays;
    }

    private StoredTensor stored(Weight weight) {
        StoredTensor tensor = find(weight.stored());
        if (tensor == null) {
            throw new CheckpointException(
                    file.file(),
                    "tensor " + weight.stored() + " is missing, expected with shape "
                            + Arrays.toString(weight.dimensions()),
                    "Fetch the complete checkpoint, or correct config.json");
        }
        return tensor;
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

    private NDArray read(StoredTensor tensor, NDManager manager) {
        ByteBuffer bytes = file.map(tensor);
        Shape shape = new Shape(tensor.dimensions());
        return switch (tensor.type()) {
            case F32 -> manager.create(aligned(bytes, tensor), shape, DataType.FLOAT32);
            case F16 -> manager.create(aligned(bytes, tensor), shape, DataType.FLOAT16);
            case BF16 -> manager.create(widened(bytes), shape, DataType.FLOAT32);
            default -> throw new IllegalStateException(tensor + " passed the check");
        };
    }

    /** A header of odd length leaves elements unaligned, which native code need not bear. */
    private static ByteBuffer aligned(ByteBuffer bytes, StoredTensor tensor) {
        if (tensor.begin() % tensor.type().bytes() == 0 && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
            return bytes;
        }
        ByteBuffer copy = ByteBuffer.allocateDirect(bytes.remaining()).order(ByteOrder.nativeOrder());
        if (tensor.type() == StoredType.F32) {
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
