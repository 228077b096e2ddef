package io.streamrank.model;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.util.function.Function;

/**
 * A compiled {@link ModuleSource} with a checkpoint's forward pass in it. Calls may take gradients. Not thread-safe.
 */
public final class TorchModule implements AutoCloseable {
    private final Device device;
    private final Model model;
    private final Block block;
    private final NDManager calls;

    TorchModule(byte[] archive, String name, Device device) {
        this.device = device;
        model = TorchEngine.load(archive, name, device);
        block = model.getBlock();
        calls = TorchEngine.manager(Device.cpu());
    }

    /** Where it keeps its weights: {@code cpu}, {@code gpu(0)}. */
    public String device() {
        return device.isGpu() ? "gpu(" + device.getDeviceId() + ")" : "cpu";
    }

    /** Calls a method whose result does not matter. */
    public void run(String method, TorchValue... arguments) {
        call(method, arguments, NDArray::getShape);
    }

    /** Calls a method that returns a float32 tensor on the CPU. */
    public float[] floats(String method, TorchValue... arguments) {
        return call(method, arguments, NDArray::toFloatArray);
    }

    /** Calls a method that returns a float64 tensor on the CPU. */
    public double[] doubles(String method, TorchValue... arguments) {
        return call(method, arguments, array -> {
            if (array.getDataType() == DataType.FLOAT32) {
                float[] narrow = array.toFloatArray();
                double[] wide = new double[narrow.length];
                for (int i = 0; i < narrow.length; i++) {
                    wide[i] = narrow[i];
                }
                return wide;
            }
            return array.toDoubleArray();
        });
    }

    /** Calls a method that returns a whole number. */
    public long number(String method, TorchValue... arguments) {
        return call(method, arguments, NDArray::toLongArray)[0];
    }

    /** Calls a method whose result stays where it is, for other modules of the process to read. */
    public TorchTensor tensor(String method, TorchValue... arguments) {
        return call(method, arguments, array -> new TorchTensor(array, calls));
    }

    private <T> T call(String method, TorchValue[] values, Function<NDArray, T> result) {
        try (NDManager host = calls.newSubManager();
                NDManager onDevice = TorchEngine.manager(device)) {
            TorchValue.Arguments arguments = new TorchValue.Arguments(host, onDevice);
            for (TorchValue value : values) {
                value.addTo(arguments);
            }
            if (!method.equals("forward")) {
                NDArray name = host.create(0f);
                name.setName(Scorer.METHOD + method);
                arguments.add(name);
            }
            // Only a training call leaves libtorch's inference mode, whose tensors know no gradients.
            return NativeCalls.ofThisProcess()
                    .make(() -> result.apply(block.forward(new ParameterStore(host, false), arguments.arrays, true)
                            .singletonOrThrow()));
        }
    }

    @Override
    public void close() {
        calls.close();
        model.close();
    }
}
