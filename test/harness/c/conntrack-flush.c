// Forgets every connection the kernel tracks in this network namespace: what `conntrack -F` does.
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

int main(void) {
  struct {
    struct nlmsghdr header;
    struct nfgenmsg all;
  } request = {{sizeof(request), NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE, NLM_F_REQUEST | NLM_F_ACK, 1, 0}, {0}};
  struct {
    struct nlmsghdr header;
    struct nlmsgerr error;
  } answer;
  int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
  if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0) return 1;
  return recv(fd, &answer, sizeof(answer), 0) < 0 ? 1 : -answer.error.error;
}
