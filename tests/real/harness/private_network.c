#include "harness/private_network.h"

#include "harness/runner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the namespace ---- */

static bool write_file(const char *path, const char *text)
{
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    bool written = descriptor >= 0 && write(descriptor, text, strlen(text)) == (ssize_t)strlen(text);

    if (descriptor >= 0)
        close(descriptor);
    return written;
}

/* Without privilege: to be root in a namespace of users first. */
static bool become_root_of_nothing(void)
{
    char map[32];
    unsigned user = geteuid();

    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return false;
    snprintf(map, sizeof(map), "0 %u 1", user);
    return write_file("/proc/self/uid_map", map);
}

void enter_private_network(void)
{
    if (unshare(CLONE_NEWNET) != 0 && !become_root_of_nothing())
        skip_case("needs root: a network namespace cannot be made (%s)", strerror(errno));
    set_up("lo", true);
}

void set_network_option(const char *name, const char *value)
{
    char path[128];

    snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
    if (!write_file(path, value))
        skip_case("cannot set %s: %s", path, strerror(errno));
}

/* ---- interfaces ---- */

static void control(const char *interface, unsigned long request, struct ifreq *parameters, const char *what)
{
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(parameters->ifr_name, sizeof(parameters->ifr_name), "%s", interface);
    if (descriptor < 0 || ioctl(descriptor, request, parameters) != 0)
        fail_msg("%s of %s: %s", what, interface, strerror(errno));
    close(descriptor);
}

void set_up(const char *interface, bool up)
{
    struct ifreq parameters = {.ifr_flags = 0};

    control(interface, SIOCGIFFLAGS, &parameters, "reading the state");
    parameters.ifr_flags = (short)(up ? parameters.ifr_flags | IFF_UP : parameters.ifr_flags & ~IFF_UP);
    control(interface, SIOCSIFFLAGS, &parameters, "changing the state");
}

void set_mtu(const char *interface, int mtu)
{
    struct ifreq parameters = {.ifr_mtu = mtu};

    control(interface, SIOCSIFMTU, &parameters, "changing the MTU");
}

void disable_offload(const char *interface)
{
    struct ethtool_value checksums = {.cmd = ETHTOOL_STXCSUM}; /* without them the interface can do nothing else */
    struct ifreq parameters = {.ifr_data = (void *)&checksums};

    control(interface, SIOCETHTOOL, &parameters, "turning off offloads");
}

long fragments_sent(void)
{
    char names[1024], values[1024], *name, *value, *next_name, *next_value;
    FILE *file = fopen("/proc/net/snmp", "r");

    assert_non_null(file);
    assert_non_null(fgets(names, sizeof(names), file));
    assert_non_null(fgets(values, sizeof(values), file));
    fclose(file);
    name = strtok_r(names, " \n", &next_name);
    value = strtok_r(values, " \n", &next_value);
    while (name && value && strcmp(name, "FragCreates") != 0) {
        name = strtok_r(NULL, " \n", &next_name);
        value = strtok_r(NULL, " \n", &next_value);
    }
    assert_true(name && value);
    return strtol(value, NULL, 10);
}

void set_address(const char *interface, uint32_t ipv4)
{
    struct ifreq parameters = {.ifr_flags = 0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(ipv4)};

    memcpy(&parameters.ifr_addr, &address, sizeof(address));
    control(interface, SIOCSIFADDR, &parameters, "setting the address");
    address.sin_addr.s_addr = htonl(0xffffff00);
    memcpy(&parameters.ifr_netmask, &address, sizeof(address));
    control(interface, SIOCSIFNETMASK, &parameters, "setting the network");
}

/* ---- a cable ---- */

struct request {
    struct nlmsghdr header;
    struct ifinfomsg info;
    char attributes[512];
};

static struct rtattr *begin_attribute(struct request *request, unsigned short type)
{
    struct rtattr *attribute = (struct rtattr *)(void *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));

    attribute->rta_type = type;
    attribute->rta_len = RTA_LENGTH(0);
    request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) + RTA_LENGTH(0);
    return attribute;
}

static void end_attribute(struct request *request, struct rtattr *attribute)
{
    attribute->rta_len = (unsigned short)((char *)request + request->header.nlmsg_len - (char *)attribute);
}

static void add_attribute(struct request *request, unsigned short type, const void *data, size_t length)
{
    struct rtattr *attribute = begin_attribute(request, type);

    memcpy(RTA_DATA(attribute), data, length);
    request->header.nlmsg_len += (unsigned)length;
    end_attribute(request, attribute);
}

/* A request for a pair of connected interfaces, of which one is born in the network of the other process. */
static void write_request(struct request *request, const char *ours, pid_t other, const char *theirs)
{
    struct rtattr *link_info, *data, *peer;
    unsigned process = (unsigned)other;

    memset(request, 0, sizeof(*request));
    request->header.nlmsg_len = NLMSG_LENGTH(sizeof(request->info));
    request->header.nlmsg_type = RTM_NEWLINK;
    request->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
    add_attribute(request, IFLA_IFNAME, ours, strlen(ours) + 1);
    link_info = begin_attribute(request, IFLA_LINKINFO);
    add_attribute(request, IFLA_INFO_KIND, "veth", 4);
    data = begin_attribute(request, IFLA_INFO_DATA);
    peer = begin_attribute(request, VETH_INFO_PEER);
    request->header.nlmsg_len += sizeof(struct ifinfomsg);
    add_attribute(request, IFLA_IFNAME, theirs, strlen(theirs) + 1);
    add_attribute(request, IFLA_NET_NS_PID, &process, sizeof(process));
    end_attribute(request, peer);
    end_attribute(request, data);
    end_attribute(request, link_info);
}

/* Sends a request to the kernel and returns the error that it answers with; 0: none. */
static int ask_kernel(int protocol, const void *request, size_t length)
{
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char rest[512];
    } answer = {.error = {.error = -EIO}};
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

    assert_true(descriptor >= 0);
    assert_int_equal(send(descriptor, request, length, 0), length);
    assert_true(recv(descriptor, &answer, sizeof(answer), 0) > 0);
    close(descriptor);
    return -answer.error.error;
}

void lay_cable_between(const char *ours, pid_t other, const char *theirs)
{
    struct request request;
    int error;

    write_request(&request, ours, other, theirs);
    error = ask_kernel(NETLINK_ROUTE, &request, request.header.nlmsg_len);
    if (error != 0)
        skip_case("this system has no cables between namespaces: %s", strerror(error));
}

void lay_cable(pid_t other)
{
    lay_cable_between("cable", other, "cable");
}

/* ---- the system's programs ---- */

bool try_command(const char *format, ...)
{
    static const char paths[] = "PATH=\"$PATH:/usr/sbin:/sbin\"; "; /* which only root has by itself */
    char command[1024];
    va_list arguments;

    memcpy(command, paths, sizeof(paths));
    va_start(arguments, format);
    vsnprintf(command + sizeof(paths) - 1, sizeof(command) - sizeof(paths) + 1, format, arguments);
    va_end(arguments);
    return system(command) == 0;
}

void forget_translations(void)
{
    struct {
        struct nlmsghdr header;
        struct nfgenmsg family;
    } request = {
        .header = {.nlmsg_len = sizeof(request),
                   .nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
        .family = {.nfgen_family = AF_INET, .version = NFNETLINK_V0},
    };
    int error = ask_kernel(NETLINK_NETFILTER, &request, sizeof(request));

    if (error != 0)
        skip_case("this system does not let its translations be forgotten: %s", strerror(error));
}
