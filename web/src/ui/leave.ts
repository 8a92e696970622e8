/** Signing out: what plays stops, and nothing of what was seen stays. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { signOut } from "../api/session";
import { unload } from "../player/engine";

/** Ends this session, or all of this user's. */
export function useLeave({ everywhere = false } = {}) {
  const navigate = useNavigate();
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => signOut({ everywhere }),
    onSuccess: async () => {
      unload();
      await navigate({ to: "/signin", search: { why: "bye" } });
      client.clear();
    },
  });
}
