package io.streamrank.cli;

import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * Ends the process without any of the usual goodbyes. Right where a native call still runs, that cannot be interrupted:
 * an ordinary exit would wait for it, or destroy under its feet what it works with.
 */
final class Halt {
    private Halt() {}

    static void now(int status) {
        Logger root = LogManager.getLogManager().getLogger("");
        if (root != null) {
            for (Handler handler : root.getHandlers()) {
                handler.flush();
            }
        }
        System.out.flush();
        System.err.flush();
        Runtime.getRuntime().halt(status);
    }
}
