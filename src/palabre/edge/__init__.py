"""What routes share: typed endpoints, viewers, refusals as responses, limits, paging, cookies and headers."""
