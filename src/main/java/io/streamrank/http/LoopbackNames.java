package io.streamrank.http;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Names that mean the machine itself by definition, without asking anyone. */
final class LoopbackNames {
    private LoopbackNames() {}

    /** Whether it is {@code localhost}, a name under it, or a loopback address; an IPv6 address with brackets or not. */
    static boolean contains(@Nullable String host) {
        if (host == null) {
            return false;
        }
        String name = host.toLowerCase(Locale.ROOT);
        if (name.equals("localhost") || name.endsWith(".localhost")) {
            return true;
        }
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(name);
        return address != null && address.isLoopbackAddress();
    }
}
